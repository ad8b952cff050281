import HTTPService
import Logging
import Security
import Synchronization
import Values

/// Fetches a claim that a token does not hold itself but names a source of (OpenID Connect Core 1.0 section
/// 5.6.2, distributed claims).
final class DistributedClaims: Sendable {
  /// The claim that may be elsewhere: that of the groups.
  private let claim: String
  private let transport: OIDCTransport
  private let rules: IDTokenVerifier.Rules
  private let logger: Logger
  private let issuers = Mutex<[String: ProviderInitialization]>([:])

  /// So many issuers of claims are known at most.
  static let maximumIssuers = 32

  init(claim: String, transport: OIDCTransport, rules: IDTokenVerifier.Rules, logger: Logger) {
    self.claim = claim
    self.transport = transport
    self.rules = rules
    self.logger = logger
  }

  /// The claims with the one that is elsewhere, where there is one.
  func expand(_ claims: Object) async throws(OIDCError) -> Object {
    guard !claims.contains(claim), let names = claims["_claim_names"] else { return claims }
    guard let sources = claims["_claim_sources"] else { throw OIDCError("oidc: no claim sources") }
    guard let source = names[claim]?.string else { return claims }
    guard let endpoint = sources[source]?.object else {
      throw OIDCError("id token _claim_names contained a source \(source) missing in _claims_sources")
    }
    // Without an address the claim may be aggregated, which is not looked at.
    guard let url = endpoint.goMember("endpoint")?.string, !url.isEmpty else { return claims }
    var claims = claims
    claims[claim] = try await resolve(url, endpoint.goMember("access_token")?.string ?? "")
    return claims
  }

  /// Ends what it does in the background.
  func close() {
    let all = issuers.withLock { issuers in
      defer { issuers = [:] }
      return Array(issuers.values)
    }
    for issuer in all { issuer.close() }
  }

  private func resolve(_ url: String, _ accessToken: String) async throws(OIDCError) -> Value {
    let token: String
    do throws(OIDCError) {
      token = try await fetch(url, accessToken)
    } catch {
      throw error.during("while getting distributed claim \(GoText.quoted(claim))")
    }
    guard let issuer = IDToken.unverifiedIssuer(token) else {
      throw OIDCError(
        "getting untrusted issuer from endpoint \(url) failed for claim \(GoText.quoted(claim)): malformed token"
      )
    }
    guard let verifier = verifier(issuer) else {
      throw OIDCError(
        "verifying untrusted issuer \(issuer) failed: verifier not initialized for issuer: "
          + GoText.quoted(issuer))
    }
    let claims: Object
    do throws(OIDCError) {
      claims = try await verifier.verify(token)
    } catch {
      throw error.during("verify distributed claim token")
    }
    guard let value = claims[claim] else {
      throw OIDCError(
        "jwt returned by distributed claim endpoint \(GoText.quoted(url)) did not contain claim: \(claim)")
    }
    return value
  }

  private func fetch(_ url: String, _ accessToken: String) async throws(OIDCError) -> String {
    let response: ClientResponse
    do throws(HTTPClientError) {
      response = try await transport.get(url, token: accessToken)
    } catch {
      throw OIDCError(error.description)
    }
    guard (200...226).contains(response.status) else {
      throw OIDCError("error while getting distributed claim JWT: \(OIDCTransport.status(response))")
    }
    return String(decoding: response.body, as: UTF8.self)
  }

  /// What verifies the tokens of an issuer; nil until the issuer has been asked, as in the real server: the
  /// first token that needs it starts that and fails.
  private func verifier(_ issuer: String) -> IDTokenVerifier? {
    let initialization = issuers.withLock { issuers -> ProviderInitialization? in
      if let known = issuers[issuer] { return known }
      guard issuers.count < Self.maximumIssuers else { return nil }
      let logger = logger
      let new = ProviderInitialization(issuer: issuer, transport: transport, rules: rules) { error in
        logger.error(
          "oidc authenticator: async token verifier for issuer: \(GoText.quoted(issuer)): init verifier failed: \(error)"
        )
      }
      issuers[issuer] = new
      return new
    }
    return initialization?.verifier
  }
}
