import Schema
import Validation
import Values

/// The expressions of one authenticator, compiled.
struct CompiledClaimMapping: Sendable {
  struct Extra: Sendable {
    var key: String
    var text: String
    var expression: any ClaimExpression
  }

  struct Rule: Sendable {
    var text: String
    var message: String
    var expression: any ClaimExpression
  }

  var username: (any ClaimExpression)?
  var groups: (any ClaimExpression)?
  var uid: (any ClaimExpression)?
  var extra: [Extra] = []
  var claimRules: [Rule] = []
  var userRules: [Rule] = []
}

/// Checks the rules and mappings of one authenticator and compiles their expressions.
struct ClaimMappingCompiler {
  let expressions: any ClaimExpressions
  private(set) var result = CompiledClaimMapping()
  private(set) var errors: [FieldError] = []
  private var usesEmailVerified = false

  init(expressions: any ClaimExpressions) { self.expressions = expressions }

  private mutating func compile(
    _ text: String, _ path: FieldPath, over variable: ClaimVariable = .claims, returnsBool: Bool = false
  ) -> (any ClaimExpression)? {
    do throws(ClaimExpressionError) {
      return try expressions.compile(text, over: variable, returnsBool: returnsBool)
    } catch {
      errors.append(.invalid(path, .string(text), error.description))
      return nil
    }
  }

  private static func isEmailVerifiedUsed(_ expression: any ClaimExpression) -> Bool {
    expression.selects("email_verified")
  }

  // MARK: - Rules

  mutating func claimRules(_ rules: [ClaimValidationRule], _ path: FieldPath) {
    var claims = Set<String>()
    var texts = Set<String>()
    for (i, rule) in rules.enumerated() {
      let path = path.index(i)
      switch (rule.claim.isEmpty, rule.expression.isEmpty) {
      case (false, false):
        errors.append(.invalid(path, .string(rule.claim), "claim and expression can't both be set"))
      case (true, true):
        errors.append(.required(path, "claim or expression is required"))
      case (false, true):
        if !rule.message.isEmpty {
          errors.append(
            .invalid(path.child("message"), .string(rule.message), "may not be specified when claim is set"))
        }
        if !claims.insert(rule.claim).inserted {
          errors.append(.duplicate(path.child("claim"), .string(rule.claim)))
        }
      case (true, false):
        if !rule.requiredValue.isEmpty {
          errors.append(
            .invalid(
              path.child("requiredValue"), .string(rule.requiredValue),
              "may not be specified when expression is set"))
        }
        let place = path.child("expression")
        guard texts.insert(rule.expression).inserted else {
          errors.append(.duplicate(place, .string(rule.expression)))
          continue
        }
        guard let compiled = compile(rule.expression, place, returnsBool: true) else { continue }
        usesEmailVerified = usesEmailVerified || Self.isEmailVerifiedUsed(compiled)
        result.claimRules.append(.init(text: rule.expression, message: rule.message, expression: compiled))
      }
    }
  }

  mutating func userRules(_ rules: [UserValidationRule], _ path: FieldPath) {
    var texts = Set<String>()
    for (i, rule) in rules.enumerated() {
      let path = path.index(i).child("expression")
      if rule.expression.isEmpty {
        errors.append(.required(path))
      } else if !texts.insert(rule.expression).inserted {
        errors.append(.duplicate(path, .string(rule.expression)))
      } else if let compiled = compile(rule.expression, path, over: .user, returnsBool: true) {
        result.userRules.append(.init(text: rule.expression, message: rule.message, expression: compiled))
      }
    }
  }

  // MARK: - Mappings

  mutating func mappings(_ mappings: ClaimMappings, _ path: FieldPath) {
    result.username = prefixed(mappings.username, path.child("username"), isRequired: true)
    if let username = result.username {
      usesEmailVerified = usesEmailVerified || Self.isEmailVerifiedUsed(username)
    }
    result.groups = prefixed(mappings.groups, path.child("groups"), isRequired: false)
    let uid = path.child("uid")
    if !mappings.uid.claim.isEmpty, !mappings.uid.expression.isEmpty {
      errors.append(.invalid(uid, "", "claim and expression can't both be set"))
    } else if !mappings.uid.expression.isEmpty {
      result.uid = compile(mappings.uid.expression, uid.child("expression"))
    }
    extra(mappings.extra, path.child("extra"))
    if let username = result.username, username.selects("email"), !usesEmailVerified {
      errors.append(
        .invalid(
          path.child("username", "expression"), .string(mappings.username.expression),
          "claims.email_verified must be used in claimMappings.username.expression or "
            + "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when "
            + "claims.email is used in claimMappings.username.expression"))
    }
  }

  private mutating func prefixed(
    _ mapping: ClaimMappings.PrefixedClaim, _ path: FieldPath, isRequired: Bool
  ) -> (any ClaimExpression)? {
    switch (mapping.claim.isEmpty, mapping.expression.isEmpty) {
    case (false, false):
      errors.append(.invalid(path, "", "claim and expression can't both be set"))
    case (true, true):
      if isRequired { errors.append(.required(path, "claim or expression is required")) }
    case (false, true):
      if mapping.prefix == nil {
        errors.append(
          .required(
            path.child("prefix"),
            "prefix is required when claim is set. It can be set to an empty string to disable prefixing"))
      }
    case (true, false):
      if let prefix = mapping.prefix {
        errors.append(
          .invalid(path.child("prefix"), .string(prefix), "may not be specified when expression is set"))
      }
      return compile(mapping.expression, path.child("expression"))
    }
    return nil
  }

  private mutating func extra(_ mappings: [ClaimMappings.Extra], _ path: FieldPath) {
    var keys = Set<String>()
    for (i, mapping) in mappings.enumerated() {
      let key = path.index(i).child("key")
      let value = path.index(i).child("valueExpression")
      checkKey(mapping.key, key)
      guard keys.insert(mapping.key).inserted else {
        errors.append(.duplicate(key, .string(mapping.key)))
        continue
      }
      if mapping.valueExpression.isEmpty {
        errors.append(.required(value))
      } else if let compiled = compile(mapping.valueExpression, value) {
        usesEmailVerified = usesEmailVerified || Self.isEmailVerifiedUsed(compiled)
        result.extra.append(.init(key: mapping.key, text: mapping.valueExpression, expression: compiled))
      }
    }
  }

  /// Keys belong to a domain, and not to one of Kubernetes' own.
  private mutating func checkKey(_ key: String, _ path: FieldPath) {
    if key.isEmpty { errors.append(.required(path)) }
    if !key.isEmpty {
      for (part, fault) in DomainPrefixedPath.faults(key) {
        errors.append(.invalid(path, .string(part), fault))
      }
    }
    if key != key.lowercased() { errors.append(.invalid(path, .string(key), "must be lowercase")) }
    guard key.contains("/") else { return }
    let domain = key.prefix { $0 != "/" }
    if ["kubernetes.io", "k8s.io"].contains(where: { domain == $0 || domain.hasSuffix(".\($0)") }) {
      errors.append(
        .invalid(
          path, .string(key), "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"))
    }
  }
}
