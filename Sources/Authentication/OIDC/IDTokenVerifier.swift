import Security
import Values

/// Verifies the ID tokens of one issuer (OpenID Connect Core 1.0 section 3.1.3.7; github.com/coreos/go-oidc).
struct IDTokenVerifier: Sendable {
  /// What a token must be, whoever signs it.
  struct Rules: Sendable {
    /// One of them must be in `aud`; at least one.
    var audiences: [String]
    /// The `alg` that are accepted.
    var algorithms: [SignatureAlgorithm]
    var now: @Sendable () -> Timestamp
  }

  var issuer: String
  var rules: Rules
  var keys: RemoteKeySet

  /// By how much the provider's clock may be ahead, in seconds. There is no leeway for the expiry.
  static let notBeforeLeeway: Int64 = 60

  /// Verifies a token.
  /// - Returns: its claims.
  func verify(_ text: String) async throws(OIDCError) -> Object {
    let token = try IDToken(text)
    let claims: IDTokenClaims
    do throws(OIDCError) {
      claims = try IDTokenClaims(token.claims)
    } catch {
      throw error.during("oidc: failed to unmarshal claims")
    }
    for source in claims.claimNames.values {
      if source.isEmpty { throw OIDCError("oidc: failed to obtain source from claim name") }
      if !claims.claimSources.contains(source) { throw OIDCError("oidc: source does not exist") }
    }
    guard IDToken.isIssuer(claims.issuer, issuer) else {
      throw OIDCError(
        "oidc: id token issued by a different provider, expected \(GoText.quoted(issuer)) "
          + "got \(GoText.quoted(claims.issuer))")
    }
    if rules.audiences.count == 1, !claims.audience.contains(rules.audiences[0]) {
      throw OIDCError(
        "oidc: expected audience \(GoText.quoted(rules.audiences[0])) got \(Audiences.quoted(claims.audience))"
      )
    }
    try checkTimes(claims)
    let algorithm = token.header.algorithm
    guard let known = SignatureAlgorithm(rawValue: algorithm), rules.algorithms.contains(known) else {
      throw OIDCError(
        "oidc: id token signed with unsupported algorithm, expected "
          + "\(Audiences.quoted(rules.algorithms.map(\.rawValue))) got \(GoText.quoted(algorithm))")
    }
    do throws(OIDCError) {
      try await keys.verify(token)
    } catch {
      throw error.during("failed to verify signature")
    }
    guard !Audiences.intersection(rules.audiences, claims.audience).isEmpty else {
      throw OIDCError(
        "oidc: expected audience in \(Audiences.quoted(rules.audiences.sorted())) "
          + "got \(Audiences.quoted(claims.audience))")
    }
    return token.claims
  }

  private func checkTimes(_ claims: IDTokenClaims) throws(OIDCError) {
    let now = rules.now()
    let expiry = Timestamp(seconds: claims.expiry)
    if expiry < now { throw OIDCError("oidc: token is expired (Token Expiry: \(Self.shown(expiry)))") }
    if let notBefore = claims.notBefore,
      now.adding(seconds: Self.notBeforeLeeway) < Timestamp(seconds: notBefore)
    {
      throw OIDCError(
        "oidc: current time \(Self.shown(now)) before the nbf (not before) time: "
          + Self.shown(Timestamp(seconds: notBefore)))
    }
  }

  /// As Go prints a time: `2009-11-10 22:00:00 +0000 UTC`.
  private static func shown(_ time: Timestamp) -> String {
    let text = time.rfc3339Nano
    return text.replacing("T", with: " ").dropLast() + " +0000 UTC"
  }
}
