import Schema
import Values

/// ResourceQuotas.
enum QuotaRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      spec(object["spec"], &errors)
      for name in ["hard", "used"] { amounts(object["status"][name], &errors) }
    },
    change: { new, old, errors in
      let scopes = new["spec"]["scopes"]
      if Set(scopes.strings) != Set(old["spec"]?["scopes"]?.strings ?? []) {
        errors.invalid(scopes, Texts.immutable)
      }
    },
    steps: [.metadataUpdate, .content, .change],
    subresources: [
      "status": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        for name in ["hard", "used"] { amounts(new["status"][name], &errors) }
      }
    ])

  private static let scopes = [
    "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass",
    "CrossNamespacePodAffinity", "VolumeAttributesClass",
  ]
  private static let podResources = [
    "pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory",
  ]
  private static let claimResources = ["persistentvolumeclaims", "requests.storage"]

  private static func amounts(_ field: Field, _ errors: inout Findings) {
    for (name, entry) in field.entries {
      ResourceNames.quota(name, entry, &errors)
      ResourceNames.amount(name, entry, &errors)
    }
  }

  private static func spec(_ spec: Field, _ errors: inout Findings) {
    amounts(spec["hard"], &errors)
    let hard = (spec["hard"].object?.sortedKeys ?? []).filter(ResourceNames.isQuotaStandard)
    let given = spec["scopes"]
    for scope in given.strings {
      if !scopes.contains(scope) { errors.invalid(given, "unsupported scope") }
      for name in hard where !applies(scope, to: name) {
        errors.invalid(given, "unsupported scope applied to resource")
      }
    }
    conflicts(Set(given.strings), given, &errors)
    if spec["scopeSelector"].isSet { selector(spec, hard, &errors) }
  }

  private static func applies(_ scope: String, to name: String) -> Bool {
    switch scope {
    case "BestEffort": name == "pods"
    case "VolumeAttributesClass": claimResources.contains(name)
    case "Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity":
      podResources.contains(name)
    default: true
    }
  }

  private static func conflicts(_ given: Set<String>, _ field: Field, _ errors: inout Findings) {
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
    where given.isSuperset(of: pair) {
      errors.invalid(field, "conflicting scopes")
    }
  }

  private static func selector(_ spec: Field, _ hard: [String], _ errors: inout Findings) {
    let field = spec["scopeSelector"]["matchExpressions"]
    for expression in field.elements {
      let scope = expression["scopeName"].text
      func part(_ name: String) -> Field { field[name].with(expression[name].value) }
      if !scopes.contains(scope) { errors.invalidText(part("scopeName"), "unsupported scope") }
      for name in hard where !applies(scope, to: name) {
        errors.invalid(
          field, showing: GoStruct.value(spec["scopeSelector"].value, as: "ScopeSelector"),
          "unsupported scope applied to resource")
      }
      let kind = part("operator")
      if !["PriorityClass", "VolumeAttributesClass"].contains(scope), scopes.contains(scope),
        kind.text != "Exists"
      {
        errors.invalidText(
          kind,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
            + "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort "
            + "or ResourceQuotaScopeCrossNamespacePodAffinity")
      }
      switch kind.text {
      case "In", "NotIn":
        if part("values").isEmpty {
          errors.required(
            part("values"), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
          )
        }
      case "Exists", "DoesNotExist":
        if !part("values").isEmpty {
          errors.invalid(
            part("values"), "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
          )
        }
      default: errors.invalidText(kind, "not a valid selector operator")
      }
    }
    // The finding names the expressions, but shows the plain scopes.
    conflicts(
      Set(field.elements.map { $0["scopeName"].text }), field.with(spec["scopes"].value), &errors)
  }
}
