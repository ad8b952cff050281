import KubernetesCEL
import Schema
import Values

/// Devices and claims to them: the kinds of resource.k8s.io (pkg/apis/resource/validation).
enum DeviceRules {
  static let table: [String: KindRules] = [
    "resource.k8s.io/DeviceClass": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        let spec = object["spec"]
        selectors(spec["selectors"], &errors)
        list(spec["config"], maximum: configLimit, &errors) { configuration($0, &$1) }
      }),
    "resource.k8s.io/ResourceClaim": KindRules(
      checksFinalizers: true, content: { object, errors in claim(object["spec"], &errors) },
      change: { new, old, errors in errors.immutable(new["spec"], old["spec"]) },
      steps: [.metadataUpdate, .change]),
    "resource.k8s.io/ResourceClaimTemplate": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        let template = object["spec"]
        Metadata.labels(template["metadata"]["labels"], &errors)
        Metadata.annotations(template["metadata"]["annotations"], &errors)
        claim(template["spec"], &errors)
      },
      change: { new, old, errors in errors.immutable(new["spec"], old["spec"]) },
      steps: [.metadataUpdate, .change]),
    "resource.k8s.io/ResourceSlice": KindRules(
      checksFinalizers: true, content: { object, errors in slice(object["spec"], &errors) },
      change: { new, old, errors in
        let spec = new["spec"]
        errors.immutable(spec["driver"], old["spec"]?["driver"])
        errors.immutable(spec["nodeName"], old["spec"]?["nodeName"])
        errors.immutable(spec["pool"]["name"], old["spec"]?["pool"]?["name"])
      }),
  ]

  private static let requestLimit = 32
  private static let choiceLimit = 8
  private static let selectorLimit = 32
  private static let constraintLimit = 32
  private static let configLimit = 32
  private static let deviceLimit = 128

  // MARK: - Claims

  private static func claim(_ spec: Field, _ errors: inout Findings) {
    let devices = spec["devices"]
    named(devices["requests"], maximum: requestLimit, &errors, request)
    var names: Set<String> = []
    for request in devices["requests"].elements {
      names.insert(request["name"].text)
      for choice in request["firstAvailable"].elements {
        names.insert("\(request["name"].text)/\(choice["name"].text)")
      }
    }
    list(devices["constraints"], maximum: constraintLimit, &errors) { constraint, errors in
      requests(constraint["requests"], names, &errors)
      let attributes = ["matchAttribute", "distinctAttribute"].map { constraint[$0] }.filter(\.isSet)
      if attributes.isEmpty { errors.required(constraint["matchAttribute"]) }
      for attribute in attributes { fullyQualified(attribute, &errors) }
    }
    list(devices["config"], maximum: configLimit, &errors) { entry, errors in
      requests(entry["requests"], names, &errors)
      configuration(entry, &errors)
    }
  }

  private static func request(_ request: Field, _ errors: inout Findings) {
    let (exactly, choices) = (request["exactly"], request["firstAvailable"])
    let text = "exactly one of `exactly` or `firstAvailable` is required"
    switch (exactly.isSet, !choices.isEmpty) {
    case (false, false): errors.required(request, text)
    case (true, true): errors.invalid(request, showing: .null, "\(text), but multiple fields are set")
    case (true, false): device(exactly, &errors)
    case (false, true): named(choices, maximum: choiceLimit, &errors, device)
    }
  }

  private static func device(_ request: Field, _ errors: inout Findings) {
    errors.checkRequired(request["deviceClassName"], "", Names.dns1123Subdomain)
    selectors(request["selectors"], &errors)
    let count = request["count"]
    switch request["allocationMode"].text {
    case "All":
      if count.number != 0 { errors.invalid(count, "must not be specified when allocationMode is 'All'") }
    case "ExactCount": errors.positive(count)
    default: errors.oneOf(request["allocationMode"], ["All", "ExactCount"])
    }
    for toleration in request["tolerations"].elements { tolerate(toleration, &errors) }
  }

  private static func tolerate(_ toleration: Field, _ errors: inout Findings) {
    let (key, value) = (toleration["key"], toleration["value"])
    if key.hasText { Selectors.labelName(key, &errors) }
    switch toleration["operator"].text {
    case "Exists":
      if value.hasText { errors.invalid(value, "must be empty for operator `Exists`") }
    case "Equal": errors.check(value, Names.labelValue)
    case "": errors.required(toleration["operator"])
    default: errors.oneOf(toleration["operator"], ["Equal", "Exists"])
    }
    if toleration["effect"].hasText {
      errors.oneOf(toleration["effect"], ["NoExecute", "NoSchedule", "None"])
    }
  }

  private static func requests(_ field: Field, _ names: Set<String>, _ errors: inout Findings) {
    list(field, maximum: requestLimit, &errors) { name, errors in
      if !names.contains(name.text) {
        errors.invalid(
          name,
          "must be the name of a request in the claim or the name of a request and a "
            + "subrequest separated by '/'")
      }
    }
    repeats(field.elements, &errors)
  }

  // MARK: - Classes

  private static func selectors(_ field: Field, _ errors: inout Findings) {
    list(field, maximum: selectorLimit, &errors) { selector, errors in
      if !selector["cel"].isSet { return errors.required(selector["cel"]) }
      let expression = selector["cel"]["expression"]
      if expression.text.utf8.count > DeviceSelectors.sizeLimit {
        return errors.tooLong(expression, maximum: DeviceSelectors.sizeLimit)
      }
      do throws(DeviceSelectors.Fault) { try DeviceSelectors.check(expression.text) } catch {
        switch error {
        case .invalid(let text): errors.invalid(expression, text)
        case .tooComplex: errors.append(.forbidden(expression.path, "too complex, exceeds cost limit"))
        }
      }
    }
  }

  private static func configuration(_ entry: Field, _ errors: inout Findings) {
    let opaque = entry["opaque"]
    guard opaque.isSet else {
      return errors.required(entry, "exactly one of `opaque` is required")
    }
    StorageNames.driver(opaque["driver"], &errors)
    let parameters = opaque["parameters"]
    if !parameters.isSet {
      errors.required(parameters)
    } else if parameters.object == nil {
      errors.invalid(parameters, showing: "<value omitted>", "must be a valid JSON object")
    }
  }

  // MARK: - Slices

  private static func slice(_ spec: Field, _ errors: inout Findings) {
    StorageNames.driver(spec["driver"], &errors)
    let pool = spec["pool"]
    poolName(pool["name"], &errors)
    errors.positive(pool["resourceSliceCount"])
    errors.nonNegative(pool["generation"])
    var set: [String] = []
    if spec["nodeName"].isSet {
      set.append("`nodeName`")
      errors.checkRequired(spec["nodeName"], "", Names.dns1123Subdomain)
    }
    let selector = spec["nodeSelector"]
    if selector.isSet {
      set.append("`nodeSelector`")
      PodRules.nodeSelector(selector, &errors)
      let terms = selector["nodeSelectorTerms"]
      if terms.count != 1 {
        errors.invalid(
          terms, showing: terms.value ?? .null, "must have exactly one node selector term")
      }
    }
    for part in ["allNodes", "perDeviceNodeSelection"] where spec[part].isSet {
      if spec[part].isTrue {
        set.append("`\(part)`")
      } else {
        errors.invalid(spec[part], "must be either unset or set to true")
      }
    }
    let text = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
    if set.isEmpty { errors.required(spec, text) }
    if set.count > 1 {
      errors.invalid(
        spec, showing: .string("{\(set.joined(separator: ", "))}"), "\(text), but multiple fields are set")
    }
    named(spec["devices"], maximum: deviceLimit, &errors) { device, errors in
      for taint in device["taints"].elements {
        errors.checkRequired(taint["key"], "", Names.qualified)
        errors.check(taint["value"], Names.labelValue)
        errors.requiredOneOf(taint["effect"], ["NoExecute", "NoSchedule", "None"])
      }
    }
  }

  private static func poolName(_ name: Field, _ errors: inout Findings) {
    if !name.hasText { return errors.required(name) }
    if name.text.utf8.count > 253 { errors.tooLong(name, maximum: 253) }
    for part in name.text.split(separator: "/", omittingEmptySubsequences: false) {
      for message in Names.dns1123Subdomain(String(part)) {
        errors.invalid(name, showing: .string(String(part)), message)
      }
    }
  }

  private static func fullyQualified(_ name: Field, _ errors: inout Findings) {
    if !name.hasText { return errors.required(name) }
    let parts = name.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return errors.invalid(name, "must include a domain")
    }
    if parts[0].isEmpty { errors.required(name, "the domain must not be empty") }
    for message in parts[0].isEmpty ? [] : Names.dns1123Subdomain(String(parts[0])) {
      errors.invalid(name, showing: .string(String(parts[0])), message)
    }
    if parts[1].isEmpty {
      errors.required(name, "the name must not be empty")
    } else {
      for message in Names.cIdentifier(String(parts[1])) {
        errors.invalid(name, showing: .string(String(parts[1])), message)
      }
    }
  }

  // MARK: - Lists

  private static func list(
    _ field: Field, maximum: Int, _ errors: inout Findings, _ rule: (Field, inout Findings) -> Void
  ) {
    for element in field.elements { rule(element, &errors) }
    if field.count > maximum { errors.tooMany(field, maximum: maximum) }
  }

  /// A list whose elements have names of their own.
  private static func named(
    _ field: Field, maximum: Int, _ errors: inout Findings, _ rule: (Field, inout Findings) -> Void
  ) {
    var seen: Set<String> = []
    for element in field.elements {
      errors.checkRequired(element["name"], "", Names.dns1123Label)
      rule(element, &errors)
      if !seen.insert(element["name"].text).inserted { errors.duplicate(element["name"]) }
    }
    if field.count > maximum { errors.tooMany(field, maximum: maximum) }
  }

  private static func repeats(_ fields: [Field], _ errors: inout Findings) {
    var seen: Set<String> = []
    for field in fields where !seen.insert(field.text).inserted { errors.duplicate(field) }
  }
}
