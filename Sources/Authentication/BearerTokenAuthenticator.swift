import Glibc

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
      let result = try await tokens.authenticate(token: token, audiences: request.audiences, &notes)
    else { throw Self.invalidToken }
    return result
  }

  /// The token of a field value, nil where it has none. What follows the token is not looked at.
  ///
  /// Every request passes here, and tokens are long: bytes are looked at where they are.
  static func token(_ field: String, _ notes: inout AuthenticationNotes) -> String? {
    var field = field
    let (token, hasExtraSpace) = field.withUTF8 { bytes -> (String?, Bool) in
      var text = bytes[...]
      while let last = text.last, isSpace(last) { text.removeLast() }
      while let first = text.first, isSpace(first) { text.removeFirst() }
      guard let schemeEnd = firstSpace(in: text),
        text[..<schemeEnd].elementsEqual(scheme, by: { $0 | 0x20 == $1 })
      else { return (nil, false) }
      let rest = text[(schemeEnd + 1)...]
      let end = firstSpace(in: rest)
      guard end != rest.startIndex else { return (nil, true) }
      return (String(decoding: rest[..<(end ?? rest.endIndex)], as: UTF8.self), false)
    }
    if hasExtraSpace { notes.warn(extraSpaceWarning) }
    return token
  }

  private static let scheme = Array("bearer".utf8)

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func firstSpace(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    let all = UnsafeBufferPointer(rebasing: bytes)
    guard let base = all.baseAddress, let found = memchr(base, 0x20, all.count) else { return nil }
    return bytes.startIndex + (UnsafeRawPointer(found) - UnsafeRawPointer(base))
  }
}
