import Schema
import Values

/// Where pods may run: affinity, tolerations, spread and gates.
extension PodRules {
  static func affinity(_ field: Field, _ errors: inout Findings) {
    let node = field["nodeAffinity"]
    let required = node["requiredDuringSchedulingIgnoredDuringExecution"]
    if required.isSet { nodeSelector(required, &errors) }
    for term in node["preferredDuringSchedulingIgnoredDuringExecution"].elements {
      weight(term["weight"], &errors)
      nodeSelectorTerm(term["preference"], allowsInvalidValues: true, &errors)
    }
    for name in ["podAffinity", "podAntiAffinity"] {
      for term in field[name]["requiredDuringSchedulingIgnoredDuringExecution"].elements {
        podAffinityTerm(term, &errors)
      }
      for term in field[name]["preferredDuringSchedulingIgnoredDuringExecution"].elements {
        weight(term["weight"], &errors)
        podAffinityTerm(term["podAffinityTerm"], &errors)
      }
    }
  }

  private static func weight(_ field: Field, _ errors: inout Findings) {
    if !(1...100).contains(field.number) {
      errors.invalid(field, showing: .int(field.number), "must be in the range 1-100")
    }
  }

  // MARK: - Nodes

  static func nodeSelector(_ field: Field, _ errors: inout Findings) {
    let terms = field["nodeSelectorTerms"]
    if terms.isEmpty { errors.required(terms, "must have at least one node selector term") }
    for term in terms.elements { nodeSelectorTerm(term, allowsInvalidValues: false, &errors) }
  }

  private static func nodeSelectorTerm(
    _ term: Field, allowsInvalidValues: Bool, _ errors: inout Findings
  ) {
    for requirement in term["matchExpressions"].elements {
      nodeRequirement(requirement, allowsInvalidValues: allowsInvalidValues, &errors)
    }
    for requirement in term["matchFields"].elements {
      let (key, values) = (requirement["key"], requirement["values"])
      if ["In", "NotIn"].contains(requirement["operator"].text) {
        if values.count != 1 {
          errors.required(
            values, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
        }
      } else {
        errors.invalidText(requirement["operator"], "not a valid selector operator")
      }
      if key.text == "metadata.name" {
        for value in values.elements { errors.check(value, Names.dns1123Subdomain) }
      } else {
        errors.invalidText(key, "not a valid field selector key")
      }
    }
  }

  private static func nodeRequirement(
    _ requirement: Field, allowsInvalidValues: Bool, _ errors: inout Findings
  ) {
    let values = requirement["values"]
    switch requirement["operator"].text {
    case "In", "NotIn":
      if values.isEmpty { errors.required(values, "must be specified when `operator` is 'In' or 'NotIn'") }
    case "Exists", "DoesNotExist":
      if !values.isEmpty {
        errors.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    case "Gt", "Lt":
      if values.count != 1 {
        errors.required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'")
      }
    default: errors.invalidText(requirement["operator"], "not a valid selector operator")
    }
    Selectors.labelName(requirement["key"], &errors)
    if allowsInvalidValues { return }
    for value in values.elements { errors.check(value, Names.labelValue) }
  }

  // MARK: - Other pods

  private static func podAffinityTerm(_ term: Field, _ errors: inout Findings) {
    Selectors.validate(term["labelSelector"], &errors)
    Selectors.validate(term["namespaceSelector"], &errors)
    for namespace in term["namespaces"].elements {
      errors.check(term["namespace"].with(namespace.value), Names.dns1123Label)
    }
    labelKeys(term, &errors)
    let key = term["topologyKey"]
    if !key.hasText { errors.required(key, "can not be empty") }
    Selectors.labelName(key, &errors)
  }

  /// Keys whose values are taken from the pod (KEP-3633, KEP-3243).
  private static func labelKeys(_ term: Field, _ errors: inout Findings) {
    let selector = term["labelSelector"]
    for name in ["matchLabelKeys", "mismatchLabelKeys"] where !term[name].isEmpty {
      if selector.isSet {
        for key in term[name].elements { Selectors.labelName(key, &errors) }
      } else {
        errors.forbidden(term[name], "must not be specified when labelSelector is not set")
      }
    }
    let keys = term["matchLabelKeys"].strings
    var seen = Set(selector["matchLabels"].object?.keys ?? [])
    for expression in selector["matchExpressions"].elements {
      let key = expression["key"].text
      if let i = keys.lastIndex(of: key), seen.contains(key) {
        errors.invalid(
          term.index(i), showing: .string(key), "exists in both matchLabelKeys and labelSelector")
      }
      seen.insert(key)
    }
    let others = Set(term["mismatchLabelKeys"].strings)
    for key in term["matchLabelKeys"].elements where others.contains(key.text) {
      errors.invalid(key, "exists in both matchLabelKeys and mismatchLabelKeys")
    }
  }

  // MARK: - Taints

  static let taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

  static func tolerations(_ field: Field, _ errors: inout Findings) {
    for toleration in field.elements {
      let (key, kind, value) = (toleration["key"], toleration["operator"], toleration["value"])
      if key.hasText { Selectors.labelName(key, &errors) }
      if !key.hasText, kind.text != "Exists" {
        errors.invalidText(
          kind,
          "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
      }
      let effect = toleration["effect"]
      if toleration["tolerationSeconds"].isSet, effect.text != "NoExecute" {
        errors.invalidText(effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
      }
      switch kind.text {
      case "", "Equal":
        let faults = Names.labelValue(value.text)
        if !faults.isEmpty {
          errors.invalid(kind, showing: .string(value.text), faults.joined(separator: ";"))
        }
      case "Exists":
        if value.hasText {
          errors.invalid(
            kind, showing: .string(value.text), "value must be empty when `operator` is 'Exists'")
        }
      // Known, but of a feature that is off by default (KEP-5471).
      case "Lt", "Gt":
        errors.append(.notSupported(kind.path, .string(kind.text), ["Equal", "Exists", "Lt", "Gt"]))
      default: errors.oneOf(kind, ["Equal", "Exists"])
      }
      if effect.hasText { errors.oneOf(effect, taintEffects) }
    }
  }

  // MARK: - Spread and gates

  static func spread(_ field: Field, _ errors: inout Findings) {
    let constraints = field.elements
    for (i, constraint) in constraints.enumerated() {
      let (key, action) = (constraint["topologyKey"], constraint["whenUnsatisfiable"])
      errors.positive(constraint["maxSkew"])
      if !key.hasText { errors.required(key, "can not be empty") }
      errors.oneOf(action, ["DoNotSchedule", "ScheduleAnyway"])
      let isRepeated = constraints[(i + 1)...].contains {
        $0["topologyKey"].text == key.text && $0["whenUnsatisfiable"].text == action.text
      }
      if isRepeated {
        errors.duplicate(
          constraint["{topologyKey, whenUnsatisfiable}"], .string("{\(key.text), \(action.text)}"))
      }
      let domains = constraint["minDomains"]
      if domains.isSet {
        errors.positive(domains)
        if action.text != "DoNotSchedule" {
          errors.invalid(
            domains, "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action.text)")
        }
      }
      for name in ["nodeAffinityPolicy", "nodeTaintsPolicy"] where constraint[name].isSet {
        errors.oneOf(constraint[name], ["Honor", "Ignore"])
      }
      labelKeys(constraint, &errors)
      Selectors.validate(constraint["labelSelector"], &errors)
    }
  }

  static func gates(_ spec: Field, _ errors: inout Findings) {
    for gate in spec["readinessGates"].elements { errors.check(gate["conditionType"], Names.qualified) }
    var seen: Set<String> = []
    for gate in spec["schedulingGates"].elements {
      let name = gate["name"].text
      for message in Names.qualified(name) { errors.invalid(gate, showing: .string(name), message) }
      if !seen.insert(name).inserted { errors.duplicate(gate, .string(name)) }
    }
  }
}
