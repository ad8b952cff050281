import Security
import Values

/// What others need to verify service account tokens themselves: the discovery document and the key set
/// (OpenID Connect Discovery 1.0; RFC 7517; Kubernetes documentation, Service Account Issuer Discovery).
public struct OpenIDMetadata: Sendable {
  /// `GET /.well-known/openid-configuration`.
  public let configuration: Value
  /// `GET /openid/v1/jwks`.
  public let keySet: Value

  /// Why the documents can't be published for an issuer (OpenID Connect Discovery 1.0 section 3); nil where
  /// they can.
  public static func problem(issuer: String) -> String? {
    if issuer.isEmpty { return "empty issuer URL" }
    let scheme = issuer.prefix { $0 != ":" }.lowercased()
    if scheme != "https" { return "issuer URL must use https scheme, got: \(issuer)" }
    let query = issuer.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
      .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    if query.count > 1, !query[1].isEmpty { return "issuer URL may not include a query, got: \(issuer)" }
    let fragment = issuer.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    if fragment.count > 1, !fragment[1].isEmpty {
      return "issuer URL may not include a fragment, got: \(issuer)"
    }
    return nil
  }

  /// - Parameters:
  ///   - issuer: the first `--service-account-issuer`.
  ///   - keySetURL: `--service-account-jwks-uri`, else this server's address with the path `/openid/v1/jwks`.
  public init(issuer: String, keySetURL: String, keys: ServiceAccountKeys) {
    var algorithms: [String] = []
    var list: [Value] = []
    for entry in keys.keys {
      guard let jwk = entry.key.jwk, let algorithm = entry.key.usualSignatureAlgorithm?.rawValue else {
        continue
      }
      if !algorithms.contains(algorithm) { algorithms.append(algorithm) }
      var object: Object = ["use": "sig", "kty": .string(jwk.keyType), "kid": .string(entry.id)]
      if let curve = jwk.curve { object["crv"] = .string(curve) }
      object["alg"] = .string(algorithm)
      for (name, text) in [("x", jwk.x), ("y", jwk.y), ("n", jwk.n), ("e", jwk.e)] {
        if let text { object[name] = .string(text) }
      }
      list.append(.object(object))
    }
    keySet = ["keys": .array(list)]
    configuration = [
      "issuer": .string(issuer), "jwks_uri": .string(keySetURL),
      "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
      "id_token_signing_alg_values_supported": Value(algorithms.sorted()),
    ]
  }
}
