import Security

/// The `--oidc-…` flags: one issuer without a configuration file.
public struct OIDCFlags: Sendable, Equatable {
  /// `--oidc-issuer-url`.
  public var issuerURL = ""
  /// `--oidc-client-id`.
  public var clientID = ""
  /// `--oidc-ca-file`.
  public var certificateAuthorityFile = ""
  /// `--oidc-username-claim`.
  public var usernameClaim = "sub"
  /// `--oidc-username-prefix`: `-` for none; empty puts the issuer and `#` before all claims but `email`.
  public var usernamePrefix = ""
  /// `--oidc-groups-claim`.
  public var groupsClaim = ""
  /// `--oidc-groups-prefix`.
  public var groupsPrefix = ""
  /// `--oidc-signing-algs`.
  public var signingAlgorithms = ["RS256"]
  /// `--oidc-required-claim`.
  public var requiredClaims: [String: String] = [:]

  /// Whether any of the flags was given, if only its default.
  public var isGiven = false

  public init() {}

  private var isSet: Bool { self != OIDCFlags() }

  /// What is wrong with the flags together; nil for nothing.
  /// - Parameter configurationFile: whether there is an `--authentication-config`.
  public func fault(configurationFile: Bool) -> String? {
    guard isSet else { return nil }
    if configurationFile { return "authentication-config file and oidc-* flags are mutually exclusive" }
    if issuerURL.isEmpty || clientID.isEmpty {
      return "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"
    }
    return nil
  }

  /// The signature algorithms.
  /// - Throws: for one that is not known.
  public func algorithms() throws(AuthenticationConfigurationError) -> [SignatureAlgorithm] {
    var algorithms: [SignatureAlgorithm] = []
    for name in signingAlgorithms.isEmpty ? ["RS256"] : signingAlgorithms {
      guard let algorithm = SignatureAlgorithm(rawValue: name) else {
        throw AuthenticationConfigurationError("oidc: unsupported signing alg: \"\(name)\"")
      }
      algorithms.append(algorithm)
    }
    return algorithms
  }

  /// The configuration that the flags stand for.
  /// - Parameter certificateAuthority: the content of ``certificateAuthorityFile``.
  public func configuration(certificateAuthority: String = "") -> JWTAuthenticatorConfiguration {
    var prefix = usernamePrefix
    if prefix.isEmpty, usernameClaim != "email" { prefix = "\(issuerURL)#" }
    if usernamePrefix == "-" { prefix = "" }
    var mappings = ClaimMappings(username: .init(claim: usernameClaim, prefix: prefix))
    if !groupsClaim.isEmpty { mappings.groups = .init(claim: groupsClaim, prefix: groupsPrefix) }
    return JWTAuthenticatorConfiguration(
      issuer: JWTIssuer(
        url: issuerURL, certificateAuthority: certificateAuthority, audiences: [clientID]),
      claimValidationRules: requiredClaims.sorted { $0.key < $1.key }.map {
        ClaimValidationRule(claim: $0.key, requiredValue: $0.value)
      },
      claimMappings: mappings)
  }
}
