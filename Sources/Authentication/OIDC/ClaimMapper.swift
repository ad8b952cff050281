import Values

/// Makes users from the claims of verified tokens (k8s.io/apiserver plugin/pkg/authenticator/token/oidc).
struct ClaimMapper: Sendable {
  var configuration: JWTAuthenticatorConfiguration
  var compiled: CompiledClaimMapping

  private var mappings: ClaimMappings { configuration.claimMappings }

  /// The user, where the claims and the user keep all rules.
  func user(_ claims: Object) throws(OIDCError) -> UserInfo {
    var user = UserInfo(name: try username(claims))
    user.groups = try groups(claims)
    user.uid = try uid(claims)
    user.extra = try extra(claims)
    try checkRequiredClaims(claims)
    try check(compiled.claimRules, .object(claims), "oidc: error evaluating claim validation expression")
    try check(compiled.userRules, Self.value(user), "oidc: error evaluating user info validation rule")
    return user
  }

  // MARK: - Fields

  private func username(_ claims: Object) throws(OIDCError) -> String {
    if let expression = compiled.username {
      let doing = "oidc: error evaluating username claim expression"
      let value = try evaluate(expression, mappings.username.expression, .object(claims), doing)
      guard let name = value.string else {
        throw OIDCError("\(doing): username claim expression must return a string")
      }
      if name.isEmpty { throw OIDCError("oidc: empty username via CEL expression is not allowed") }
      return name
    }
    let claim = mappings.username.claim
    let name: String
    do throws(OIDCError) {
      name = try Self.text(claims, claim)
    } catch {
      throw error.during("oidc: parse username claims \(GoText.quoted(claim))")
    }
    if claim == "email", let verified = claims["email_verified"] {
      guard verified.bool != nil || verified.isNull else {
        throw OIDCError("oidc: parse 'email_verified' claim: \(GoJSON.mismatch(verified, "bool"))")
      }
      if verified.bool != true { throw OIDCError("oidc: email not verified") }
    }
    return (mappings.username.prefix ?? "") + name
  }

  private func groups(_ claims: Object) throws(OIDCError) -> [String] {
    let claim = mappings.groups.claim
    if !claim.isEmpty, let value = claims[claim] {
      guard let groups = Self.textOrTexts(value) else {
        throw OIDCError(
          "oidc: parse groups claim \(GoText.quoted(claim)): \(GoJSON.mismatch(value, "string"))")
      }
      let prefix = mappings.groups.prefix ?? ""
      return groups.map { prefix + $0 }
    }
    guard let expression = compiled.groups else { return [] }
    let doing = "oidc: error evaluating group claim expression"
    let value = try evaluate(expression, mappings.groups.expression, .object(claims), doing)
    return try Self.texts(value, doing)
  }

  private func uid(_ claims: Object) throws(OIDCError) -> String {
    let claim = mappings.uid.claim
    if !claim.isEmpty {
      do throws(OIDCError) {
        return try Self.text(claims, claim)
      } catch {
        throw error.during("oidc: parse uid claim \(GoText.quoted(claim))")
      }
    }
    guard let expression = compiled.uid else { return "" }
    let doing = "oidc: error evaluating uid claim expression"
    let value = try evaluate(expression, mappings.uid.expression, .object(claims), doing)
    guard let uid = value.string else {
      throw OIDCError("\(doing): uid claim expression must return a string")
    }
    return uid
  }

  private func extra(_ claims: Object) throws(OIDCError) -> [String: [String]] {
    var extra: [String: [String]] = [:]
    if let id = claims["jti"]?.string, !id.isEmpty { extra[ExtraKey.credentialID] = ["JTI=\(id)"] }
    for mapping in compiled.extra {
      let value = try evaluate(mapping.expression, mapping.text, .object(claims), nil)
      let values = try Self.texts(value, "oidc: error evaluating extra claim expression: \(mapping.text)")
      if !values.isEmpty { extra[mapping.key] = values }
    }
    return extra
  }

  // MARK: - Rules

  private func checkRequiredClaims(_ claims: Object) throws(OIDCError) {
    for rule in configuration.claimValidationRules where !rule.claim.isEmpty {
      guard claims.contains(rule.claim) else {
        throw OIDCError("oidc: required claim \(rule.claim) not present in ID token")
      }
      let value: String
      do throws(OIDCError) {
        value = try Self.text(claims, rule.claim)
      } catch {
        throw error.during("oidc: parse claim \(rule.claim)")
      }
      if value != rule.requiredValue {
        throw OIDCError(
          "oidc: required claim \(rule.claim) value does not match. Got = \(value), want = \(rule.requiredValue)"
        )
      }
    }
  }

  private func check(
    _ rules: [CompiledClaimMapping.Rule], _ value: Value, _ doing: String
  ) throws(OIDCError) {
    // All are evaluated before any is looked at, so that an error in one decides.
    var results: [Value] = []
    for rule in rules { results.append(try evaluate(rule.expression, rule.text, value, doing)) }
    for (rule, result) in zip(rules, results) {
      guard let holds = result.bool else {
        throw OIDCError("\(doing): validation expression must return a boolean")
      }
      if !holds {
        throw OIDCError("\(doing): validation expression '\(rule.text)' failed: \(rule.message)")
      }
    }
  }

  private func evaluate(
    _ expression: any ClaimExpression, _ text: String, _ value: Value, _ doing: String?
  ) throws(OIDCError) -> Value {
    do throws(ClaimExpressionError) {
      return try expression.evaluate(value)
    } catch {
      let failure = OIDCError("expression '\(text)' resulted in error: \(error)")
      throw doing.map(failure.during) ?? failure
    }
  }

  // MARK: - Values

  /// A claim that must be there and be a string; null counts as an empty one, as in Go.
  private static func text(_ claims: Object, _ name: String) throws(OIDCError) -> String {
    guard let value = claims[name] else { throw OIDCError("claim not present") }
    guard value.string != nil || value.isNull else { throw OIDCError(GoJSON.mismatch(value, "string")) }
    return value.string ?? ""
  }

  /// A claim that is a string or a list of strings; nil where it is neither.
  private static func textOrTexts(_ value: Value) -> [String]? {
    switch value {
    case .null: return []
    case .string(let one): return [one]
    case .array(let several):
      guard several.allSatisfy({ $0.string != nil || $0.isNull }) else { return nil }
      return several.map { $0.string ?? "" }
    default: return nil
    }
  }

  /// An expression's outcome as strings; empty ones are left out.
  private static func texts(_ value: Value, _ doing: String) throws(OIDCError) -> [String] {
    switch value {
    case .null: return []
    case .string(let one): return one.isEmpty ? [] : [one]
    case .array(let several) where several.allSatisfy { $0.string != nil }:
      return several.compactMap(\.string).filter { !$0.isEmpty }
    default: throw OIDCError("\(doing): expression must return a string or a list of strings")
    }
  }

  /// The user as its rules see it: all fields are there.
  private static func value(_ user: UserInfo) -> Value {
    let extra = Object(user.extra.sorted { $0.key < $1.key }.map { ($0.key, Value($0.value)) })
    return [
      "username": .string(user.name), "uid": .string(user.uid), "groups": Value(user.groups),
      "extra": .object(extra),
    ]
  }
}
