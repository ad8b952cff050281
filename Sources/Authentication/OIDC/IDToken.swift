import Security
import Values

/// A JSON Web Token (RFC 7519) taken apart; nothing is verified.
struct IDToken: Sendable {
  /// What the header says of the signature.
  struct Header: Sendable {
    var algorithm: String
    var keyID: String
  }

  /// Claims that nest deeper are not read.
  static let maximumDepth = 100

  let text: String
  let header: Header
  let claims: Object

  /// The `iss` of a token in compact form that none vouches for; nil where it is no such token.
  ///
  /// Tokens of all authenticators pass here, so that it looks at the claims only.
  static func unverifiedIssuer(_ token: String) -> String? {
    guard let parts = CompactToken.parts(token), let payload = try? payload(parts[1]) else { return nil }
    guard let claims = payload.object else { return nil }
    switch claims.goMember("iss") {
    case .string(googleWithoutScheme)?: return google
    case .string(let issuer)?: return issuer
    case nil: return ""
    default: return nil
    }
  }

  private static let google = "https://accounts.google.com"
  private static let googleWithoutScheme = "accounts.google.com"

  /// Whether the `iss` of a token is that of an issuer. Google's may lack the scheme (OpenID Connect Core
  /// section 15.6.2).
  static func isIssuer(_ claim: String, _ issuer: String) -> Bool {
    claim == issuer || (issuer == google && claim == googleWithoutScheme)
  }

  /// Takes a token apart.
  init(_ token: String) throws(OIDCError) {
    guard let parts = CompactToken.parts(token) else {
      throw OIDCError("oidc: malformed jwt: go-jose/go-jose: compact JWS format must have three parts")
    }
    header = try Self.header(parts[0])
    do throws(Base64.DecodeError) {
      _ = try Base64.decode(Array(parts[2]), alphabet: .url, padding: false)
    } catch {
      throw OIDCError("oidc: malformed jwt: \(error)")
    }
    let payload: Value
    do throws(OIDCError) {
      payload = try Self.payload(parts[1])
    } catch {
      throw error.during("oidc: failed to unmarshal claims")
    }
    guard let claims = payload.object else {
      throw OIDCError("oidc: failed to unmarshal claims: \(GoJSON.mismatch(payload, "oidc.idToken"))")
    }
    self.claims = claims
    text = token
  }

  private static func header(_ part: ArraySlice<UInt8>) throws(OIDCError) -> Header {
    let value: Value
    do throws(OIDCError) {
      value = try payload(part)
    } catch {
      throw error.during("oidc: malformed jwt")
    }
    return Header(algorithm: value["alg"]?.string ?? "", keyID: value["kid"]?.string ?? "")
  }

  private static func payload(_ part: ArraySlice<UInt8>) throws(OIDCError) -> Value {
    let bytes: [UInt8]
    do throws(Base64.DecodeError) {
      bytes = try Base64.decode(Array(part), alphabet: .url, padding: false)
    } catch {
      throw OIDCError(error.description)
    }
    do throws(JSON.SyntaxError) {
      return try JSON.parse(bytes, limits: JSON.Limits(depth: maximumDepth))
    } catch {
      throw OIDCError(error.description)
    }
  }
}
