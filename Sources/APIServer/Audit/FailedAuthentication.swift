import HTTPService

/// What a request tried to log in with.
enum FailedAuthentication {
  /// The methods that were tried, in words, never what was tried.
  static func message(_ http: HTTPRequest) -> String {
    var methods: [String] = []
    let parts = (http.headers.first(name: "Authorization") ?? "").split(separator: " ")
    switch parts.first?.lowercased() {
    case "basic" where parts.count > 1: methods.append("basic")
    case "bearer" where parts.count > 1: methods.append("bearer")
    default: break
    }
    if let token = http.queryValue("access_token"), !token.isEmpty { methods.append("access_token") }
    if http.connection.tls?.peerCertificates.isEmpty == false { methods.append("x509") }
    if methods.isEmpty { return "Authentication failed, no credentials provided" }
    return "Authentication failed, attempted: \(methods.joined(separator: ", "))"
  }
}
