import KubernetesCEL
import Schema
import Values

/// ValidatingAdmissionPolicies, MutatingAdmissionPolicies and their bindings.
enum AdmissionPolicyRules {
  static let validating = KindRules(
    content: { policy, errors in
      let spec = policy["spec"]
      head(spec, &errors)
      var environment = environment(spec, isMutation: false)
      AdmissionRules.variables(spec["variables"], &environment, &errors)
      validations(spec, environment, policyName: policy["metadata"]["name"].text, &errors)
    },
    steps: [.metadata, .content],
    subresources: [
      "status": { policy, _, errors in
        for warning in policy["status"]["typeChecking"]["expressionWarnings"].elements {
          for part in ["warning", "fieldRef"] where !AdmissionRules.hasContent(warning[part]) {
            errors.required(warning[part])
          }
        }
      }
    ])

  static let mutating = KindRules(
    content: { policy, errors in
      let spec = policy["spec"]
      head(spec, &errors)
      operations(spec["matchConstraints"], &errors)
      var environment = environment(spec, isMutation: true)
      AdmissionRules.variables(spec["variables"], &environment, &errors)
      if spec["mutations"].isEmpty {
        errors.required(spec["mutations"], "mutations must contain at least one item")
      }
      for mutation in spec["mutations"].elements {
        AdmissionPolicyRules.mutation(mutation, environment, &errors)
      }
      errors.requiredOneOf(spec["reinvocationPolicy"], ["IfNeeded", "Never"])
    },
    steps: [.metadata, .content])

  static let validatingBinding = KindRules(
    content: { binding, errors in
      bindingHead(binding["spec"], &errors)
      actions(binding["spec"]["validationActions"], &errors)
    },
    steps: [.metadata, .content])

  static let mutatingBinding = KindRules(
    content: { binding, errors in bindingHead(binding["spec"], &errors) }, steps: [.metadata, .content])

  // MARK: - Policies

  private static func environment(_ spec: Field, isMutation: Bool) -> PolicyEnvironment {
    PolicyEnvironment(
      .init(hasParams: spec["paramKind"].isSet, hasVariables: true, isMutation: isMutation))
  }

  private static func head(_ spec: Field, _ errors: inout Findings) {
    if spec["failurePolicy"].isSet {
      errors.oneOf(spec["failurePolicy"], ["Fail", "Ignore"])
    } else {
      errors.required(spec["failurePolicy"])
    }
    AdmissionRules.paramKind(spec["paramKind"], &errors)
    let constraints = spec["matchConstraints"]
    if constraints.isSet {
      AdmissionRules.matchResources(constraints, &errors)
      if constraints["resourceRules"].isEmpty { errors.required(constraints["resourceRules"]) }
    } else {
      errors.required(constraints)
    }
    AdmissionRules.matchConditions(spec["matchConditions"], hasParams: true, &errors)
  }

  /// What is deleted can't be mutated.
  private static func operations(_ constraints: Field, _ errors: inout Findings) {
    for rule in constraints["resourceRules"].elements {
      for operation in rule["operations"].strings where operation == "DELETE" {
        errors.append(
          .notSupported(
            constraints["resourceRules"]["operations"].path, .string(operation),
            ["*", "CONNECT", "CREATE", "UPDATE"]))
      }
    }
  }

  private static func validations(
    _ spec: Field, _ environment: PolicyEnvironment, policyName: String, _ errors: inout Findings
  ) {
    let (validations, annotations) = (spec["validations"], spec["auditAnnotations"])
    if validations.isEmpty, annotations.isEmpty {
      for field in [validations, annotations] {
        errors.required(field, "validations or auditAnnotations must contain at least one item")
      }
      return
    }
    let messages = environment.with(authorizer: false)
    for validation in validations.elements { self.validation(validation, environment, messages, &errors) }
    if annotations.count > 20 {
      errors.invalid(annotations, "must not have more than 20 auditAnnotations")
    }
    var keys: Set<String> = []
    for annotation in annotations.elements {
      let key = annotation["key"]
      let whole = "\(policyName)/\(key.text)"
      for message in Names.qualified(whole) { errors.invalid(key, showing: .string(whole), message) }
      let expression = annotation["valueExpression"]
      if !AdmissionRules.hasContent(expression) {
        errors.required(expression)
      } else if expression.text.utf8.count > 5 * 1024 {
        errors.required(expression, "must not exceed 5120 bytes in length")
      } else {
        AdmissionRules.expression(expression, .policyAnnotation, environment, &errors)
      }
      if !keys.insert(key.text).inserted { errors.duplicate(key) }
    }
  }

  /// - Parameter messages: as `environment`, for the expressions of messages.
  private static func validation(
    _ validation: Field, _ environment: PolicyEnvironment, _ messages: PolicyEnvironment,
    _ errors: inout Findings
  ) {
    let (message, expression) = (validation["message"], validation["messageExpression"])
    AdmissionRules.expression(validation["expression"], .policyCondition, environment, &errors)
    if expression.hasText, !AdmissionRules.hasContent(expression) {
      errors.invalid(expression, "must be non-empty if specified")
    } else if expression.hasText {
      AdmissionRules.expression(expression, .policyMessage, messages, &errors)
    }
    if message.hasText, !AdmissionRules.hasContent(message) {
      errors.invalid(message, "must be non-empty if specified")
    } else if message.text.contains(where: \.isNewline) {
      errors.invalid(message, "must not contain line breaks")
    }
    if validation["reason"].isSet {
      errors.oneOf(validation["reason"], ["Forbidden", "Invalid", "RequestEntityTooLarge"])
    }
  }

  private static func mutation(
    _ mutation: Field, _ environment: PolicyEnvironment, _ errors: inout Findings
  ) {
    let type = mutation["patchType"]
    let kinds = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")]
    guard let own = kinds.first(where: { $0.0 == type.text }),
      let other = kinds.first(where: { $0.0 != type.text })
    else { return errors.requiredOneOf(type, kinds.map(\.0)) }
    if mutation[own.1].isSet {
      AdmissionRules.expression(
        mutation[own.1]["expression"],
        own.0 == "JSONPatch" ? .policyJSONPatch : .policyApplyConfiguration, environment, &errors)
    } else {
      errors.required(mutation[own.1], "must be specified when patchType is \(own.0)")
    }
    if mutation[other.1].isSet {
      errors.invalid(
        mutation[other.1], showing: .string("{\(other.1)}"),
        "must not be specified when patchType is \(own.0)")
    }
  }

  // MARK: - Bindings

  private static func bindingHead(_ spec: Field, _ errors: inout Findings) {
    errors.checkRequired(spec["policyName"], "", Names.dns1123Subdomain)
    AdmissionRules.paramReference(spec["paramRef"], &errors)
    AdmissionRules.matchResources(spec["matchResources"], &errors)
  }

  private static func actions(_ field: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for action in field.elements {
      errors.oneOf(action, ["Audit", "Deny", "Warn"])
      if !seen.insert(action.text).inserted { errors.duplicate(action) }
    }
    if seen.isSuperset(of: ["Deny", "Warn"]) {
      errors.invalid(
        field,
        "must not contain both Deny and Warn (repeating the same validation failure information in the API "
          + "response and headers serves no purpose)")
    }
    if seen.isEmpty { errors.required(field, "at least one validation action is required") }
  }
}
