import Values

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 4).
struct OIDCProvider: Sendable {
  /// Where its keys are.
  var keySetURL: String

  /// Where the provider with this issuer describes itself.
  static func discoveryURL(_ issuer: String) -> String {
    (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
  }

  /// Asks the provider.
  /// - Throws: where it does not answer, or says that its issuer is another.
  static func discover(_ issuer: String, _ transport: OIDCTransport) async throws(OIDCError) -> OIDCProvider {
    let undecoded = "oidc: failed to decode provider discovery object: "
    let document = try await transport.document(discoveryURL(issuer), undecoded: undecoded).value
    guard let members = document.object else {
      throw OIDCError(undecoded + GoJSON.mismatch(document, "oidc.providerJSON"))
    }
    let found = members.goMember("issuer")?.string ?? ""
    guard found == issuer else {
      throw OIDCError(
        "oidc: issuer did not match the issuer returned by provider, expected \(GoText.quoted(issuer)) "
          + "got \(GoText.quoted(found))")
    }
    return OIDCProvider(keySetURL: members.goMember("jwks_uri")?.string ?? "")
  }
}
