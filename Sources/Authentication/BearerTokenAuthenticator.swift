/// Takes the token from `Authorization: Bearer …` (RFC 6750 section 2.1; k8s.io/apiserver
/// pkg/authentication/request/bearertoken).
public struct BearerTokenAuthenticator: RequestAuthenticator {
  /// A token was there and nobody knew it.
  static let invalidToken = AuthenticationError("invalid bearer token")
  private static let extraSpaceWarning =
    "the provided Authorization header contains extra space before the bearer token, and is ignored"

  private let tokens: any TokenAuthenticator

  public init(_ tokens: any TokenAuthenticator) { self.tokens = tokens }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let token = Self.token(request.headers["Authorization"] ?? "", &notes) else { return nil }
    guard
      var result = try await tokens.authenticate(token: token, audiences: request.audiences, &notes)
    else { throw Self.invalidToken }
    var remaining = request.headers
    remaining.remove("Authorization")
    result.remainingHeaders = remaining
    return result
  }

  /// The token of a field value, nil where it has none. What follows the token is not looked at.
  static func token(_ field: String, _ notes: inout AuthenticationNotes) -> String? {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    var text = Array(field.utf8)[...]
    while let last = text.last, isSpace(last) { text.removeLast() }
    while let first = text.first, isSpace(first) { text.removeFirst() }
    let parts = text.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, String(decoding: parts[0], as: UTF8.self).lowercased() == "bearer" else {
      return nil
    }
    if parts[1].isEmpty {
      if parts.count == 3 { notes.warn(extraSpaceWarning) }
      return nil
    }
    return String(decoding: parts[1], as: UTF8.self)
  }
}
