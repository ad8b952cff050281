import Values

/// The claims that decide whether an ID token is valid (OpenID Connect Core 1.0 section 2), read as
/// github.com/coreos/go-oidc reads them: null and absent are the same, other types are errors, and the case of
/// names counts for nothing.
struct IDTokenClaims: Sendable {
  var issuer = ""
  var audience: [String] = []
  /// Seconds since 1970; an absent expiry is long ago.
  var expiry: Int64 = IDTokenClaims.yearOne
  /// Seconds since 1970.
  var notBefore: Int64?
  /// Claim names and which source has them (section 5.6.2).
  var claimNames: [String: String] = [:]
  var claimSources: Set<String> = []

  private static let fields = [
    "iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "_claim_names", "_claim_sources",
  ]

  /// Go's zero time.
  private static let yearOne: Int64 = -62_135_596_800

  init(_ claims: Object) throws(OIDCError) {
    var mismatch: OIDCError?
    func text(_ value: Value, _ path: String) -> String {
      if let text = value.string { return text }
      if !value.isNull, mismatch == nil { mismatch = Self.mismatch(value, path, "string") }
      return ""
    }
    for (name, value) in claims {
      guard let field = GoJSON.field(name, of: Self.fields) else { continue }
      switch field {
      case "iss": issuer = text(value, "idToken.iss")
      case "sub", "nonce", "at_hash": _ = text(value, "idToken.\(field)")
      case "aud": audience = try Self.audience(value)
      case "exp": expiry = try Self.time(value)
      case "iat": _ = try Self.time(value)
      case "nbf": notBefore = value.isNull ? nil : try Self.time(value)
      case "_claim_names":
        guard let names = value.object else {
          if !value.isNull, mismatch == nil {
            mismatch = Self.mismatch(value, "idToken._claim_names", "map[string]string")
          }
          continue
        }
        for (name, source) in names { claimNames[name] = text(source, "idToken._claim_names") }
      case "_claim_sources":
        guard let sources = value.object else {
          if !value.isNull, mismatch == nil {
            mismatch = Self.mismatch(value, "idToken._claim_sources", "map[string]oidc.claimSource")
          }
          continue
        }
        for (name, source) in sources {
          claimSources.insert(name)
          for field in ["endpoint", "access_token"] {
            _ = source.object?.goMember(field).map { text($0, "claimSource._claim_sources.\(field)") }
          }
        }
      default: continue
      }
    }
    if let mismatch { throw mismatch }
  }

  private static func mismatch(_ value: Value, _ path: String, _ type: String) -> OIDCError {
    OIDCError("json: cannot unmarshal \(value.jsonKind) into Go struct field \(path) of type \(type)")
  }

  private static func audience(_ value: Value) throws(OIDCError) -> [String] {
    switch value {
    case .string(let one): return [one]
    case .null: return [""]
    case .array(let several):
      var list: [String] = []
      for element in several {
        guard element.string != nil || element.isNull else {
          throw OIDCError(GoJSON.mismatch(element, "string"))
        }
        list.append(element.string ?? "")
      }
      return list
    default: throw OIDCError(GoJSON.mismatch(value, "[]string"))
    }
  }

  /// NumericDate (RFC 7519 section 2), also as a text; a fraction is cut off.
  private static func time(_ value: Value) throws(OIDCError) -> Int64 {
    switch value {
    case .int(let seconds): return seconds
    case .double(let seconds): return whole(seconds)
    case .string(let text):
      guard let number = Double(text), number.isFinite else {
        throw OIDCError(
          "json: invalid number literal, trying to unmarshal \(GoText.quoted(GoText.quoted(text))) into Number"
        )
      }
      return Int64(text) ?? whole(number)
    case .null: throw OIDCError("strconv.ParseFloat: parsing \"\": invalid syntax")
    default: throw OIDCError(GoJSON.mismatch(value, "json.Number"))
    }
  }

  /// What no Int64 holds is the least of them, as on the real server's processors: long ago.
  private static func whole(_ number: Double) -> Int64 {
    Int64(exactly: number.rounded(.towardZero)) ?? Int64.min
  }
}
