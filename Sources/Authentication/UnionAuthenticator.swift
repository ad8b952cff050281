/// Asks several authenticators in order; the first who recognises somebody decides
/// (k8s.io/apiserver/pkg/authentication/request/union).
public struct UnionAuthenticator: RequestAuthenticator {
  private let members: [any RequestAuthenticator]
  private let failsOnError: Bool

  /// - Parameter failsOnError: whether the first error decides, so that whoever shows a bad credential is
  ///   not taken for somebody else by the next authenticator.
  public init(_ members: [any RequestAuthenticator], failsOnError: Bool = false) {
    self.members = members
    self.failsOnError = failsOnError
  }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    var errors: [String] = []
    for member in members {
      do throws(AuthenticationError) {
        if let result = try await member.authenticate(request, &notes) { return result }
      } catch {
        if failsOnError { throw error }
        errors += error.messages
      }
    }
    if !errors.isEmpty { throw AuthenticationError(errors) }
    return nil
  }
}

/// Asks several token authenticators in order; the first who recognises the token decides
/// (k8s.io/apiserver/pkg/authentication/token/union).
public struct UnionTokenAuthenticator: TokenAuthenticator {
  private let members: [any TokenAuthenticator]
  private let failsOnError: Bool

  public init(_ members: [any TokenAuthenticator], failsOnError: Bool = false) {
    self.members = members
    self.failsOnError = failsOnError
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    var errors: [String] = []
    for member in members {
      do throws(AuthenticationError) {
        let result = try await member.authenticate(token: token, audiences: audiences, &notes)
        if let result { return result }
      } catch {
        if failsOnError { throw error }
        errors += error.messages
      }
    }
    if !errors.isEmpty { throw AuthenticationError(errors) }
    return nil
  }
}
