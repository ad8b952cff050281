import Values

/// What a bound service account token says (KEP-1205; kubernetes/pkg/serviceaccount).
public struct ServiceAccountClaims: Sendable, Equatable {
  /// An object that the token is bound to; the token ends with it.
  public struct Reference: Sendable, Equatable {
    public var name: String
    /// May be empty for a node that is not registered.
    public var uid: String

    public init(name: String, uid: String) {
      self.name = name
      self.uid = uid
    }

    init?(_ value: Value?) {
      guard let value = value?.object else { return nil }
      self.init(name: value["name"]?.string ?? "", uid: value["uid"]?.string ?? "")
    }

    var value: Value {
      uid.isEmpty ? ["name": .string(name)] : ["name": .string(name), "uid": .string(uid)]
    }
  }

  public var issuer = ""
  public var subject = ""
  public var audiences: [String] = []
  /// Seconds since 1970; nil where the token doesn't say.
  public var expiry: Int64?
  public var issuedAt: Int64?
  public var notBefore: Int64?
  /// The token's own id, `jti`; may be empty.
  public var id = ""

  public var namespace = ""
  public var serviceAccount = Reference(name: "", uid: "")
  public var pod: Reference?
  public var secret: Reference?
  public var node: Reference?
  /// When the token should have been renewed, seconds since 1970.
  public var warnAfter: Int64?

  public init() {}

  private static let privateClaims = "kubernetes.io"

  /// Reads the claims of a token's payload. Members of another type count as missing.
  init(_ payload: Object) {
    issuer = payload["iss"]?.string ?? ""
    subject = payload["sub"]?.string ?? ""
    audiences = payload["aud"]?.string.map { [$0] } ?? payload["aud"]?.strings ?? []
    expiry = Self.time(payload["exp"])
    issuedAt = Self.time(payload["iat"])
    notBefore = Self.time(payload["nbf"])
    id = payload["jti"]?.string ?? ""
    let own = payload[Self.privateClaims]
    namespace = own?["namespace"]?.string ?? ""
    serviceAccount = Reference(own?["serviceaccount"]) ?? serviceAccount
    pod = Reference(own?["pod"])
    secret = Reference(own?["secret"])
    node = Reference(own?["node"])
    warnAfter = Self.time(own?["warnafter"])
  }

  /// The payload, keys in their order.
  var payload: Value {
    var own: Object = ["namespace": .string(namespace)]
    if let node { own["node"] = node.value }
    if let pod { own["pod"] = pod.value }
    if let secret { own["secret"] = secret.value }
    own["serviceaccount"] = serviceAccount.value
    if let warnAfter { own["warnafter"] = .int(warnAfter) }
    var object: Object = ["aud": Value(audiences)]
    if let expiry { object["exp"] = .int(expiry) }
    if let issuedAt { object["iat"] = .int(issuedAt) }
    object["iss"] = .string(issuer)
    if !id.isEmpty { object["jti"] = .string(id) }
    object[Self.privateClaims] = .object(own)
    if let notBefore { object["nbf"] = .int(notBefore) }
    object["sub"] = .string(subject)
    return .object(object)
  }

  /// NumericDate (RFC 7519 section 2): a fraction is cut off.
  private static func time(_ value: Value?) -> Int64? {
    switch value {
    case .int(let seconds): seconds
    case .double(let seconds): Int64(exactly: seconds.rounded(.down))
    default: nil
    }
  }
}
