import Security
import Values

/// Reads the signed tokens of some issuers and verifies signature and audience
/// (kubernetes/pkg/serviceaccount JWTTokenAuthenticator).
struct SignedTokenReader: Sendable {
  /// What a token says, and of the audiences asked for those that it is meant for.
  struct Token {
    var payload: Object
    var audiences: [String]
  }

  var issuers: Set<String>
  var keys: ServiceAccountKeys
  /// The audiences that the API server answers to.
  var apiAudiences: [String]

  var metrics: AuthenticationMetrics?

  static let legacyAnnotation = "authentication.k8s.io/legacy-token"
  private static let noKey = AuthenticationError("invalid signature, no keys found")
  private static let badSignature = AuthenticationError("go-jose/go-jose: error in cryptographic primitive")
  /// Headers and claims that nest deeper are not read.
  private static let limits = JSON.Limits(depth: 32)

  /// - Returns: nil where the token is not from one of the issuers, or not a signed one at all.
  /// - Throws: where it claims to be, but its signature or its audience is wrong.
  func read(
    _ token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) throws(AuthenticationError) -> Token? {
    // The issuer is looked at first, so that tokens of others are left to other authenticators.
    guard let parts = CompactToken.parts(token), let issuer = Self.unverifiedIssuer(parts[1]),
      issuers.contains(issuer), let header = Self.decoded(parts[0])?.object,
      CompactToken.bytes(parts[2]) != nil
    else { return nil }
    let payload = try verify(token, header)
    let named = payload["iss"]?.string ?? ""
    guard issuers.contains(named) else {
      throw AuthenticationError("token issuer \(GoText.quoted(named)) is invalid")
    }

    var meant = payload["aud"]?.string.map { [$0] } ?? payload["aud"]?.strings ?? []
    if meant.isEmpty {
      notes.auditAnnotations[Self.legacyAnnotation] = payload["sub"]?.string ?? ""
      metrics?.legacyTokens.increment()
      meant = apiAudiences
    }
    let wanted = audiences ?? apiAudiences
    let common = Audiences.intersection(meant, wanted)
    if common.isEmpty, !apiAudiences.isEmpty {
      throw AuthenticationError(
        "token audiences \(Audiences.quoted(meant)) is invalid for the target audiences "
          + Audiences.quoted(wanted))
    }
    return Token(payload: payload, audiences: common)
  }

  /// The payload, where one of the keys signed it.
  private func verify(_ token: String, _ header: Object) throws(AuthenticationError) -> Object {
    let candidates = keys.candidates(header["kid"]?.string)
    if candidates.isEmpty { throw Self.noKey }
    // Algorithms that are not known, and what is no object, are told by the same words as wrong signatures.
    guard let signed = try? JWS.parse(token), candidates.contains(where: signed.verify),
      let payload = try? JSON.parse(signed.payload, limits: Self.limits).object
    else { throw Self.badSignature }
    return payload
  }

  private static func decoded(_ part: ArraySlice<UInt8>) -> Value? {
    CompactToken.bytes(part).flatMap { try? JSON.parse($0, limits: limits) }
  }

  /// The issuer as the real server reads it, which does not mind the case of the name.
  private static func unverifiedIssuer(_ payload: ArraySlice<UInt8>) -> String? {
    decoded(payload)?.object?.goMember("iss")?.string
  }
}
