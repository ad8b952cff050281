import Authentication
import HTTPService
import NIOHTTP1
import Values

/// The credentials among a request's header fields (k8s.io/apiserver, pkg/endpoints/filters authentication).
enum Credentials {
  /// What the real server always takes for a front proxy's fields, besides those that flags name.
  private static let standard = RequestHeaderAuthenticator.Configuration()
  private static let webSocketField = "Sec-WebSocket-Protocol"

  /// The request without the bearer token, the token among WebSocket subprotocols, and the fields by which a
  /// client could pass for somebody else behind this server.
  static func removed(
    from context: RequestContext, requestHeader: RequestHeaderAuthenticator.Configuration
  ) -> RequestContext {
    removed(from: context.http.headers, requestHeader).map(context.with(headers:)) ?? context
  }

  /// What is left of the fields; nil where there is nothing to remove.
  static func removed(
    from headers: HTTPHeaders, _ requestHeader: RequestHeaderAuthenticator.Configuration
  ) -> HTTPHeaders? {
    var kept: HTTPHeaders?
    for (position, field) in headers.enumerated() {
      guard isCredential(field.name, field.value, requestHeader) else {
        kept?.add(name: field.name, value: field.value)
        continue
      }
      if kept == nil { kept = beginning(of: headers, position) }
      guard HeaderFields.same(field.name, webSocketField) else { continue }
      let others = WebSocketTokenAuthenticator.withoutToken(field.value)
      if !others.isEmpty { kept?.add(name: field.name, value: others) }
    }
    return kept
  }

  /// The first fields, with room for all.
  private static func beginning(of headers: HTTPHeaders, _ count: Int) -> HTTPHeaders {
    var kept = HTTPHeaders()
    kept.reserveCapacity(headers.count)
    for field in headers.prefix(count) { kept.add(name: field.name, value: field.value) }
    return kept
  }

  private static func isCredential(
    _ name: String, _ value: String, _ requestHeader: RequestHeaderAuthenticator.Configuration
  ) -> Bool {
    if HeaderFields.same(name, "Authorization") || standard.concerns(name) { return true }
    if HeaderFields.same(name, webSocketField) {
      return WebSocketTokenAuthenticator.withoutToken(value) != value
    }
    return requestHeader != standard && requestHeader.concerns(name)
  }
}
