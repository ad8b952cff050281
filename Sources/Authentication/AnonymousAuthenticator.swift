/// Lets requests without any credential in, as `system:anonymous`
/// (k8s.io/apiserver/pkg/authentication/request/anonymous).
public struct AnonymousAuthenticator: RequestAuthenticator {
  /// The paths that are open to anonymous requests; nil for all.
  private let paths: Set<String>?

  /// - Parameter conditionPaths: the `conditions[].path` of an AuthenticationConfiguration: exact paths.
  ///   None opens every path.
  public init(conditionPaths: [String] = []) {
    paths = conditionPaths.isEmpty ? nil : Set(conditionPaths)
  }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    if let paths, !paths.contains(request.path) { return nil }
    return AuthenticationResult(user: Self.user, authenticator: "anonymous")
  }

  /// Who sends a request without a credential.
  public static let user = UserInfo(name: SystemName.anonymous, groups: [SystemName.unauthenticatedGroup])
}
