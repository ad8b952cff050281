import Values

/// Takes the token from a WebSocket subprotocol, since browsers can't set `Authorization`
/// (k8s.io/apiserver/pkg/authentication/request/websocket).
public struct WebSocketTokenAuthenticator: RequestAuthenticator {
  private static let field = "Sec-WebSocket-Protocol"
  private static let prefix = "base64url.bearer.authorization.k8s.io."

  private let tokens: any TokenAuthenticator

  public init(_ tokens: any TokenAuthenticator) { self.tokens = tokens }

  public func authenticate(
    _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard Self.asksForWebSocket(request.headers) else { return nil }
    var token: String?
    var hasOthers = false
    for part in request.headers.values(Self.field).flatMap({ $0.split(separator: ",") }) {
      let name = String(part.drop { $0 == " " || $0 == "\t" })
      guard name.utf8.starts(with: Self.prefix.utf8) else {
        hasOthers = true
        continue
      }
      if token != nil { throw AuthenticationError("multiple base64.bearer.authorization tokens specified") }
      token = try Self.decode(name.utf8.dropFirst(Self.prefix.utf8.count))
    }
    guard let token else { return nil }
    if !hasOthers { throw AuthenticationError("missing additional subprotocol") }
    guard
      let result = try await tokens.authenticate(token: token, audiences: request.audiences, &notes)
    else { throw BearerTokenAuthenticator.invalidToken }
    return result
  }

  /// The subprotocols of a field value without those that are a token; the value itself where none is.
  public static func withoutToken(_ value: String) -> String {
    let parts = value.split(separator: ",").map { $0.drop { $0 == " " || $0 == "\t" } }
    let others = parts.filter { !$0.utf8.starts(with: prefix.utf8) }
    return others.count == parts.count ? value : others.joined(separator: ",")
  }

  private static func asksForWebSocket(_ headers: HeaderFields) -> Bool {
    let upgrades = headers.values("Connection").contains { $0.lowercased().contains("upgrade") }
    return upgrades && headers["Upgrade"]?.lowercased() == "websocket"
  }

  private static func decode(_ text: some Sequence<UInt8>) throws(AuthenticationError) -> String {
    guard let bytes = try? Base64.decode(Array(text), alphabet: .url, padding: false) else {
      throw AuthenticationError("invalid base64.bearer.authorization token encoding")
    }
    guard !bytes.isEmpty, let token = String(validating: bytes, as: UTF8.self) else {
      throw AuthenticationError("invalid base64.bearer.authorization token")
    }
    return token
  }
}
