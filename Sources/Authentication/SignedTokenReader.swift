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

  static let legacyAnnotation = "authentication.k8s.io/legacy-token"
  private static let noKey = AuthenticationError("invalid signature, no keys found")
  private static let badSignature = AuthenticationError("go-jose/go-jose: error in cryptographic primitive")

  /// - Returns: nil where the token is not from one of the issuers.
  /// - Throws: where it claims to be, but its signature or its audience is wrong.
  func read(
    _ token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) throws(AuthenticationError) -> Token? {
    // The issuer is looked at first, so that tokens of others are left to other authenticators.
    guard let issuer = Self.unverifiedIssuer(token), issuers.contains(issuer) else { return nil }
    guard let signed = try? JWS.parse(token) else { throw Self.badSignature }
    let candidates = keys.candidates(signed.header.keyID)
    if candidates.isEmpty { throw Self.noKey }
    guard candidates.contains(where: signed.verify), let payload = try? JSON.parse(signed.payload).object
    else { throw Self.badSignature }

    var meant = payload["aud"]?.string.map { [$0] } ?? payload["aud"]?.strings ?? []
    if meant.isEmpty {
      notes.auditAnnotations[Self.legacyAnnotation] = payload["sub"]?.string ?? ""
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

  private static func unverifiedIssuer(_ token: String) -> String? {
    let text = Array(token.utf8)
    guard text.count <= JWS.maximumLength else { return nil }
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3,
      let bytes = try? Base64.decode(Array(parts[1]), alphabet: .url, padding: false),
      let payload = try? JSON.parse(bytes, limits: JSON.Limits(depth: 32))
    else { return nil }
    return payload["iss"]?.string
  }
}
