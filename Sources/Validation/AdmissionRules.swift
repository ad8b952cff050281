import CEL
import KubernetesCEL
import Schema
import Values

/// What the kinds of admissionregistration.k8s.io have in common (pkg/apis/admissionregistration/validation).
enum AdmissionRules {
  static let table: [String: KindRules] = [
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": WebhookRules.validating,
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": WebhookRules.mutating,
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy": AdmissionPolicyRules.validating,
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": AdmissionPolicyRules.validatingBinding,
    "admissionregistration.k8s.io/MutatingAdmissionPolicy": AdmissionPolicyRules.mutating,
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": AdmissionPolicyRules.mutatingBinding,
  ]

  // MARK: - Rules

  private static let operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]

  static func ruleWithOperations(_ rule: Field, _ errors: inout Findings) {
    let given = rule["operations"]
    if given.isEmpty { errors.required(given) }
    if given.count > 1, given.strings.contains("*") {
      errors.invalid(given, "if '*' is present, must not specify other operations")
    }
    for operation in given.elements { errors.oneOf(operation, operations) }
    let (groups, versions) = (rule["apiGroups"], rule["apiVersions"])
    for (field, name) in [(groups, "API groups"), (versions, "API versions")] {
      if field.isEmpty { errors.required(field) }
      if field.count > 1, field.strings.contains("*") {
        errors.invalid(field, "if '*' is present, must not specify other \(name)")
      }
    }
    for version in versions.elements where !version.hasText { errors.required(version) }
    resources(rule["resources"], &errors)
    if rule["scope"].isSet { errors.oneOf(rule["scope"], ["*", "Cluster", "Namespaced"]) }
  }

  private static func resources(_ field: Field, _ errors: inout Findings) {
    if field.isEmpty { errors.required(field) }
    var (wildParents, wildChildren): (Set<String>, Set<String>) = ([], [])
    var hasPlain = false
    for resource in field.elements {
      let text = resource.text
      if text.isEmpty {
        errors.required(resource)
        continue
      }
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        hasPlain = text != "*"
        continue
      }
      if wildParents.contains(parts[0]) {
        errors.invalid(resource, "if '\(parts[0])/*' is present, must not specify \(text)")
      }
      if wildChildren.contains(parts[1]) {
        errors.invalid(resource, "if '*/\(parts[1])' is present, must not specify \(text)")
      }
      if parts[1] == "*" { wildParents.insert(parts[0]) }
      if parts[0] == "*" { wildChildren.insert(parts[1]) }
    }
    if field.count > 1, field.strings.contains("*/*") {
      errors.invalid(field, "if '*/*' is present, must not specify other resources")
    }
    if field.strings.contains("*"), hasPlain {
      errors.invalid(
        field, "if '*' is present, must not specify other resources without subresources")
    }
  }

  private static func namedRule(_ rule: Field, _ errors: inout Findings) {
    var names: Set<String> = []
    for name in rule["resourceNames"].elements {
      errors.check(name, Names.pathSegment)
      if !names.insert(name.text).inserted { errors.duplicate(name) }
    }
    ruleWithOperations(rule, &errors)
  }

  static func matchResources(_ field: Field, _ errors: inout Findings) {
    if !field.isSet { return }
    if field["matchPolicy"].isSet {
      errors.oneOf(field["matchPolicy"], ["Equivalent", "Exact"])
    } else {
      errors.required(field["matchPolicy"])
    }
    for name in ["namespaceSelector", "objectSelector"] {
      if field[name].isSet { Selectors.validate(field[name], &errors) } else { errors.required(field[name]) }
    }
    for name in ["resourceRules", "excludeResourceRules"] {
      for rule in field[name].elements { namedRule(rule, &errors) }
    }
  }

  // MARK: - Expressions

  /// Whether there is more than blanks.
  static func hasContent(_ field: Field) -> Bool { field.text.contains { !$0.isWhitespace } }

  /// The text without the blanks around it, as it is compiled and shown.
  static func trimmed(_ text: String) -> String {
    func isBlank(_ c: Character) -> Bool { c.isWhitespace }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }

  /// An expression that must be there and evaluate to one of the types.
  static func expression(
    _ field: Field, _ types: [CELType], _ environment: PolicyEnvironment, _ errors: inout Findings
  ) {
    guard hasContent(field) else { return errors.required(field) }
    let text = trimmed(field.text)
    do throws(PolicyEnvironment.Fault) { _ = try environment.compile(text, returning: types) } catch {
      errors.invalid(field, showing: .string(text), error.message)
    }
  }

  private static let webhookConditions = PolicyEnvironment(.init())
  private static let policyConditions = PolicyEnvironment(.init(hasParams: true))

  /// - Parameter hasParams: whether they are a policy's, which may speak of parameters.
  static func matchConditions(_ field: Field, hasParams: Bool, _ errors: inout Findings) {
    if field.count > 64 { errors.tooMany(field, maximum: 64) }
    var names: Set<String> = []
    let environment = hasParams ? policyConditions : webhookConditions
    for condition in field.elements {
      expression(condition["expression"], .policyCondition, environment, &errors)
      errors.checkRequired(condition["name"], "", Names.qualified)
      if condition["name"].hasText, !names.insert(condition["name"].text).inserted {
        errors.duplicate(condition["name"])
      }
    }
  }

  static func paramKind(_ kind: Field, _ errors: inout Findings) {
    if !kind.isSet { return }
    let version = kind["apiVersion"]
    if !version.hasText {
      errors.required(version)
    } else if let parsed = GroupVersion(apiVersion: version.text) {
      func joined(_ text: String, _ check: TextCheck) {
        let faults = check(text)
        if !faults.isEmpty {
          errors.invalid(version, showing: .string(text), faults.joined(separator: ","))
        }
      }
      if !parsed.group.isEmpty { joined(parsed.group, Names.dns1123Subdomain) }
      if parsed.version.isEmpty {
        errors.invalid(version, "version must be specified")
      } else {
        joined(parsed.version, Names.dns1035Label)
      }
    } else {
      errors.invalid(version, "unexpected GroupVersion string: \(version.text)")
    }
    guard kind["kind"].hasText else { return errors.required(kind["kind"]) }
    let faults = Names.dns1035Label(kind["kind"].text.lowercased())
    if !faults.isEmpty {
      errors.invalid(
        kind["kind"],
        "may have mixed case, but should otherwise match: " + faults.joined(separator: ","))
    }
  }

  static func paramReference(_ field: Field, _ errors: inout Findings) {
    if !field.isSet { return }
    let (name, selector) = (field["name"], field["selector"])
    if name.hasText {
      errors.check(name, Names.pathSegment)
      if selector.isSet { errors.forbidden(name, "name and selector are mutually exclusive") }
    }
    if selector.isSet {
      Selectors.validate(selector, &errors)
      if name.hasText { errors.forbidden(selector, "name and selector are mutually exclusive") }
    }
    if !name.hasText, !selector.isSet {
      errors.required(field, "one of name or selector must be specified")
    }
    errors.requiredOneOf(field["parameterNotFoundAction"], ["Deny", "Allow"])
  }

  private static let reserved: Set<String> = [
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
    "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
  ]

  /// - Parameter environment: takes the variables, so that later expressions may use them.
  static func variables(
    _ field: Field, _ environment: inout PolicyEnvironment, _ errors: inout Findings
  ) {
    for variable in field.elements {
      let name = variable["name"]
      if !hasContent(name) {
        errors.required(name)
      } else if !Names.cIdentifier(name.text).isEmpty || reserved.contains(name.text) {
        errors.invalid(name, "must be a valid CEL identifier")
      }
      let expression = variable["expression"]
      guard hasContent(expression) else {
        errors.required(expression)
        continue
      }
      let text = trimmed(expression.text)
      if let fault = environment.addVariable(name.text, text) {
        errors.invalid(expression, showing: .string(text), fault.message)
      }
    }
  }
}
