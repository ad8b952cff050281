import Authentication
import Drydock

/// Knows people by the badge that a request shows in the field `X-Badge`, such as `7:ann`.
struct BadgeAuthenticator: RequestAuthenticator {
  func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    // No badge: perhaps somebody else knows who it is.
    guard let badge = request.headers["X-Badge"] else { return nil }
    let parts = badge.split(separator: ":")
    // A badge that is no good: 401, whatever else the request shows, unless another one knows who it is.
    guard parts.count == 2 else { throw AuthenticationError("malformed badge") }
    notes.warnings.append("badges end this year")
    return AuthenticationResult(
      user: UserInfo(name: String(parts[1]), uid: String(parts[0]), groups: ["badge-holders"]),
      authenticator: "badge")
  }
}

/// Starts a server that knows badges.
func startServerForBadgeHolders() async throws -> Drydock {
  var configuration = DrydockConfiguration()
  configuration.securePort = 0
  configuration.extensions.authenticators = [BadgeAuthenticator()]
  return try await Drydock.start(configuration)
}
