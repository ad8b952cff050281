/// The file of `--authentication-config` (AuthenticationConfiguration, apiserver.config.k8s.io): whose JSON
/// Web Tokens are believed and who may stay anonymous. The three versions have the same fields.
public struct AuthenticationConfiguration: Sendable, Equatable {
  /// One authenticator for each issuer of tokens.
  public var jwt: [JWTAuthenticatorConfiguration]
  /// Nil leaves the matter to `--anonymous-auth`.
  public var anonymous: AnonymousConfiguration?

  public init(jwt: [JWTAuthenticatorConfiguration] = [], anonymous: AnonymousConfiguration? = nil) {
    self.jwt = jwt
    self.anonymous = anonymous
  }
}

/// Whether requests without credentials are let in, and where (KEP-4633).
public struct AnonymousConfiguration: Sendable, Equatable {
  public var enabled: Bool
  /// `conditions[].path`: the only paths that are open; none opens all.
  public var paths: [String]

  public init(enabled: Bool, paths: [String] = []) {
    self.enabled = enabled
    self.paths = paths
  }
}

/// How the tokens of one issuer are verified and whom they name (KEP-3331).
public struct JWTAuthenticatorConfiguration: Sendable, Equatable {
  public var issuer: JWTIssuer
  public var claimValidationRules: [ClaimValidationRule]
  public var claimMappings: ClaimMappings
  public var userValidationRules: [UserValidationRule]

  public init(
    issuer: JWTIssuer, claimValidationRules: [ClaimValidationRule] = [], claimMappings: ClaimMappings,
    userValidationRules: [UserValidationRule] = []
  ) {
    self.issuer = issuer
    self.claimValidationRules = claimValidationRules
    self.claimMappings = claimMappings
    self.userValidationRules = userValidationRules
  }
}

/// Who issues tokens, and for whom they must be meant.
public struct JWTIssuer: Sendable, Equatable {
  /// What `iss` must be, and where the provider describes itself.
  public var url: String
  /// Where the provider describes itself when that is not below ``url``; empty when it is.
  public var discoveryURL: String
  /// Whom to believe that a server is the provider, PEM; empty for the system's authorities.
  public var certificateAuthority: String
  /// One of them must be in `aud`.
  public var audiences: [String]
  /// Empty or `MatchAny`.
  public var audienceMatchPolicy: String
  /// Read and validated, and without a meaning here: there is one network.
  public var egressSelectorType: String

  public init(
    url: String, discoveryURL: String = "", certificateAuthority: String = "", audiences: [String],
    audienceMatchPolicy: String = "", egressSelectorType: String = ""
  ) {
    self.url = url
    self.discoveryURL = discoveryURL
    self.certificateAuthority = certificateAuthority
    self.audiences = audiences
    self.audienceMatchPolicy = audienceMatchPolicy
    self.egressSelectorType = egressSelectorType
  }
}

/// What a token must say: a claim with a value, or an expression over the claims that is true.
public struct ClaimValidationRule: Sendable, Equatable {
  public var claim: String
  public var requiredValue: String
  public var expression: String
  public var message: String

  public init(claim: String = "", requiredValue: String = "", expression: String = "", message: String = "") {
    self.claim = claim
    self.requiredValue = requiredValue
    self.expression = expression
    self.message = message
  }
}

/// What a user made from a token must be: an expression over the user that is true.
public struct UserValidationRule: Sendable, Equatable {
  public var expression: String
  public var message: String

  public init(expression: String, message: String = "") {
    self.expression = expression
    self.message = message
  }
}

/// How a token's claims become a user.
public struct ClaimMappings: Sendable, Equatable {
  /// A claim with what is put before its value, or an expression.
  public struct PrefixedClaim: Sendable, Equatable {
    public var claim: String
    /// Nil where it is not given, which a claim does not allow.
    public var prefix: String?
    public var expression: String

    public init(claim: String = "", prefix: String? = nil, expression: String = "") {
      self.claim = claim
      self.prefix = prefix
      self.expression = expression
    }
  }

  /// A claim or an expression.
  public struct Claim: Sendable, Equatable {
    public var claim: String
    public var expression: String

    public init(claim: String = "", expression: String = "") {
      self.claim = claim
      self.expression = expression
    }
  }

  /// An extra value of the user.
  public struct Extra: Sendable, Equatable {
    public var key: String
    public var valueExpression: String

    public init(key: String, valueExpression: String) {
      self.key = key
      self.valueExpression = valueExpression
    }
  }

  public var username: PrefixedClaim
  public var groups: PrefixedClaim
  public var uid: Claim
  public var extra: [Extra]

  public init(
    username: PrefixedClaim, groups: PrefixedClaim = PrefixedClaim(), uid: Claim = Claim(),
    extra: [Extra] = []
  ) {
    self.username = username
    self.groups = groups
    self.uid = uid
    self.extra = extra
  }
}
