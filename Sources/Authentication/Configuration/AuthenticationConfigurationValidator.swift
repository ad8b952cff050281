import Schema
import Security
import Validation
import Values

/// Checks an AuthenticationConfiguration and compiles its expressions
/// (k8s.io/apiserver pkg/apis/apiserver/validation).
public struct AuthenticationConfigurationValidator: Sendable {
  /// The issuers that are none of ours: those of service account tokens.
  public var disallowedIssuers: Set<String>
  public var expressions: any ClaimExpressions

  /// More authenticators than this are refused.
  static let maximumAuthenticators = 64

  public init(
    disallowedIssuers: some Sequence<String> = [], expressions: any ClaimExpressions = NoClaimExpressions()
  ) {
    self.disallowedIssuers = Set(disallowedIssuers)
    self.expressions = expressions
  }

  /// Everything that is wrong, in the order in which the real server lists it.
  public func findings(_ configuration: AuthenticationConfiguration) -> [FieldError] {
    var errors: [FieldError] = []
    let root = FieldPath("jwt")
    guard configuration.jwt.count <= Self.maximumAuthenticators else {
      return [.tooMany(root, actual: configuration.jwt.count, maximum: Self.maximumAuthenticators)]
    }
    var issuers = Set<String>()
    var discoveryURLs = Set<String>()
    for (i, authenticator) in configuration.jwt.enumerated() {
      let path = root.index(i)
      _ = compile(authenticator, path, &errors)
      let issuer = authenticator.issuer
      if !issuers.insert(issuer.url).inserted {
        errors.append(.duplicate(path.child("issuer", "url"), .string(issuer.url)))
      }
      if !issuer.discoveryURL.isEmpty, !discoveryURLs.insert(issuer.discoveryURL).inserted {
        errors.append(.duplicate(path.child("issuer", "discoveryURL"), .string(issuer.discoveryURL)))
      }
    }
    if let anonymous = configuration.anonymous, !anonymous.enabled, !anonymous.paths.isEmpty {
      let shown = anonymous.paths.map { Value.object(["Path": .string($0)]) }
      errors.append(
        .invalid(
          "anonymous.conditions", .array(shown), "enabled should be set to true when conditions are defined"))
    }
    return errors
  }

  /// All findings as one error text; nil where there are none.
  public static func text(_ findings: [FieldError]) -> String? {
    findings.isEmpty ? nil : AuthenticationError(findings.map(\.description)).description
  }

  /// Checks one authenticator and compiles its expressions.
  /// - Returns: the expressions; of no use where there were errors.
  func compile(
    _ authenticator: JWTAuthenticatorConfiguration, _ path: FieldPath, _ errors: inout [FieldError]
  ) -> CompiledClaimMapping {
    checkIssuer(authenticator.issuer, path.child("issuer"), &errors)
    var compiler = ClaimMappingCompiler(expressions: expressions)
    compiler.claimRules(authenticator.claimValidationRules, path.child("claimValidationRules"))
    compiler.mappings(authenticator.claimMappings, path.child("claimMappings"))
    compiler.userRules(authenticator.userValidationRules, path.child("userValidationRules"))
    errors += compiler.errors
    return compiler.result
  }

  // MARK: - The issuer

  private func checkIssuer(_ issuer: JWTIssuer, _ path: FieldPath, _ errors: inout [FieldError]) {
    let url = path.child("url")
    if issuer.url.isEmpty {
      errors.append(.required(url))
    } else {
      checkURL(issuer.url, disallowedIssuers, url, &errors)
    }
    checkDiscoveryURL(issuer, path.child("discoveryURL"), &errors)
    checkAudiences(issuer, path, &errors)
    if !issuer.certificateAuthority.isEmpty {
      do throws(SecurityError) {
        _ = try Certificate.parse(pem: Array(issuer.certificateAuthority.utf8))
      } catch {
        errors.append(.invalid(path.child("certificateAuthority"), "<omitted>", error.description))
      }
    }
    if !["", "controlplane", "cluster"].contains(issuer.egressSelectorType) {
      errors.append(
        .invalid(
          path.child("egressSelectorType"), .string(issuer.egressSelectorType),
          "egress selector must be either controlplane or cluster"))
    }
  }

  private func checkDiscoveryURL(_ issuer: JWTIssuer, _ path: FieldPath, _ errors: inout [FieldError]) {
    guard !issuer.discoveryURL.isEmpty else { return }
    if !issuer.url.isEmpty, Self.trimmed(issuer.url) == Self.trimmed(issuer.discoveryURL) {
      errors.append(
        .invalid(path, .string(issuer.discoveryURL), "discoveryURL must be different from URL"))
    }
    checkURL(issuer.discoveryURL, [], path, &errors)
  }

  /// Without the slashes at its end.
  private static func trimmed(_ text: String) -> Substring {
    var text = text[...]
    while text.hasSuffix("/") { text.removeLast() }
    return text
  }

  private func checkURL(
    _ text: String, _ disallowed: Set<String>, _ path: FieldPath, _ errors: inout [FieldError]
  ) {
    func fail(_ detail: String) { errors.append(.invalid(path, .string(text), detail)) }
    if disallowed.contains(text) {
      fail("URL must not overlap with disallowed issuers: [\(disallowed.sorted().joined(separator: " "))]")
    }
    let url: IssuerURL
    do throws(IssuerURL.SyntaxError) {
      url = try IssuerURL(text)
    } catch {
      return fail(error.message)
    }
    if url.scheme != "https" { fail("URL scheme must be https") }
    if url.hasUser { fail("URL must not contain a username or password") }
    if !url.query.isEmpty { fail("URL must not contain a query") }
    if !url.fragment.isEmpty { fail("URL must not contain a fragment") }
  }

  private func checkAudiences(_ issuer: JWTIssuer, _ path: FieldPath, _ errors: inout [FieldError]) {
    let audiences = path.child("audiences")
    let policy = path.child("audienceMatchPolicy")
    if issuer.audiences.isEmpty {
      errors.append(.required(audiences, "at least one \(audiences) is required"))
      return
    }
    var seen = Set<String>()
    for (i, audience) in issuer.audiences.enumerated() {
      if audience.isEmpty { errors.append(.required(audiences.index(i))) }
      if !seen.insert(audience).inserted { errors.append(.duplicate(audiences.index(i), .string(audience))) }
    }
    guard issuer.audienceMatchPolicy != "MatchAny" else { return }
    let shown = Value.string(issuer.audienceMatchPolicy)
    if issuer.audiences.count > 1 {
      errors.append(.invalid(policy, shown, "audienceMatchPolicy must be MatchAny for multiple audiences"))
    } else if !issuer.audienceMatchPolicy.isEmpty {
      errors.append(
        .invalid(policy, shown, "audienceMatchPolicy must be empty or MatchAny for single audience"))
    }
  }
}
