/// Puts whoever was recognised into the group `system:authenticated`
/// (k8s.io/apiserver/pkg/authentication/group).
public struct GroupAdder: RequestAuthenticator {
  private let inner: any RequestAuthenticator

  public init(_ inner: any RequestAuthenticator) { self.inner = inner }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard var result = try await inner.authenticate(request, &notes) else { return nil }
    result.user = Self.addingAuthenticatedGroup(result.user)
    return result
  }

  /// The user with the group, unless it is anonymous or already counted one way or the other.
  static func addingAuthenticatedGroup(_ user: UserInfo) -> UserInfo {
    guard user.name != SystemName.anonymous, !user.groups.contains(SystemName.authenticatedGroup),
      !user.groups.contains(SystemName.unauthenticatedGroup)
    else { return user }
    var user = user
    user.groups.append(SystemName.authenticatedGroup)
    return user
  }
}
