import KubernetesCEL
import Schema
import Values

/// Classes of devices and claims to them, of resource.k8s.io (pkg/apis/resource/validation).
enum DeviceRules {
  static let table: [String: KindRules] = [
    "resource.k8s.io/DeviceClass": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        let spec = object["spec"]
        selectors(spec["selectors"], &errors)
        DeviceLists.list(spec["config"], maximum: 32, &errors, configuration)
        let name = spec["extendedResourceName"]
        if name.isSet, !ResourceNames.isExtended(name.text) {
          errors.invalidText(name, "must be a valid extended resource name")
        }
      },
      steps: [.metadata, .metadataUpdate, .content]),
    "resource.k8s.io/ResourceClaim": KindRules(
      checksFinalizers: true, content: { object, errors in claim(object["spec"], &errors) },
      change: { new, old, errors in errors.immutable(new["spec"], old["spec"]) },
      steps: [.metadata, .metadataUpdate, .change], subresources: ["status": DeviceClaimStatus.change]),
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
      checksFinalizers: true,
      content: { object, errors in DeviceSliceRules.slice(object["spec"], nil, &errors) },
      change: { new, old, errors in DeviceSliceRules.slice(new["spec"], old["spec"], &errors) },
      steps: [.metadataUpdate, .change]),
  ]

  // MARK: - Claims

  private static func claim(_ spec: Field, _ errors: inout Findings) {
    let devices = spec["devices"]
    let names = requestNames(spec)
    DeviceLists.set(devices["requests"], maximum: 32, key: { $0["name"].text }, &errors, request)
    DeviceLists.list(devices["constraints"], maximum: 32, &errors) { constraint, errors in
      requests(constraint["requests"], names, &errors)
      if constraint["matchAttribute"].isSet {
        DeviceLists.fullyQualified(constraint["matchAttribute"], &errors)
      } else if constraint["distinctAttribute"].isSet {
        DeviceLists.fullyQualified(constraint["distinctAttribute"], &errors)
      } else {
        errors.required(
          constraint,
          "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set"
        )
      }
    }
    DeviceLists.list(devices["config"], maximum: 32, &errors) { entry, errors in
      requests(entry["requests"], names, &errors)
      configuration(entry, &errors)
    }
  }

  /// The requests of a claim, and their alternatives as `request/alternative`.
  static func requestNames(_ spec: Field) -> Set<String> {
    var names: Set<String> = []
    for request in spec["devices"]["requests"].elements {
      names.insert(request["name"].text)
      for choice in request["firstAvailable"].elements {
        names.insert("\(request["name"].text)/\(choice["name"].text)")
      }
    }
    return names
  }

  private static func request(_ request: Field, _ errors: inout Findings) {
    errors.check(request["name"], Names.dns1123Label)
    let (exactly, choices) = (request["exactly"], request["firstAvailable"])
    let text = "exactly one of `exactly` or `firstAvailable` is required"
    switch (exactly.isSet, !choices.isEmpty) {
    case (false, false): errors.required(request, text)
    case (true, true): errors.invalid(request, showing: .null, "\(text), but multiple fields are set")
    case (true, false): device(exactly, &errors)
    case (false, true):
      DeviceLists.set(choices, maximum: 8, key: { $0["name"].text }, &errors) { choice, errors in
        errors.check(choice["name"], Names.dns1123Label)
        device(choice, &errors)
      }
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
    if toleration["effect"].hasText { errors.oneOf(toleration["effect"], DeviceLists.effects) }
  }

  /// References to requests of the claim.
  static func requests(_ field: Field, _ names: Set<String>, _ errors: inout Findings) {
    DeviceLists.set(field, maximum: 32, key: \.text, &errors) { requestReference($0, names, &$1) }
  }

  static func requestReference(_ name: Field, _ names: Set<String>, _ errors: inout Findings) {
    let text =
      "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
    let parts = name.text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > 2 { return errors.invalidText(name, text) }
    for part in parts {
      for message in Names.dns1123Label(String(part)) {
        errors.invalid(name, showing: .string(String(part)), message)
      }
    }
    if !names.contains(name.text) { errors.invalidText(name, text) }
  }

  // MARK: - Selectors and parameters

  private static func selectors(_ field: Field, _ errors: inout Findings) {
    DeviceLists.list(field, maximum: 32, &errors) { selector, errors in
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

  static func configuration(_ entry: Field, _ errors: inout Findings) {
    let opaque = entry["opaque"]
    guard opaque.isSet else { return errors.required(opaque) }
    StorageNames.driver(opaque["driver"], &errors)
    DeviceLists.raw(opaque["parameters"], &errors)
  }
}

/// What the rules about devices share.
enum DeviceLists {
  static let effects = ["NoExecute", "NoSchedule", "None"]

  private static let rawLimit = 10 * 1024
  private static let nameLimit = 32

  /// A list of limited length; nothing else is found in one that is too long.
  static func list(
    _ field: Field, maximum: Int, _ errors: inout Findings, _ rule: (Field, inout Findings) -> Void
  ) {
    if field.count > maximum { return errors.tooMany(field, maximum: maximum) }
    for element in field.elements { rule(element, &errors) }
  }

  /// A list whose elements differ by their keys.
  static func set(
    _ field: Field, maximum: Int, key: (Field) -> String, _ errors: inout Findings,
    _ rule: (Field, inout Findings) -> Void
  ) {
    if field.count > maximum { return errors.tooMany(field, maximum: maximum) }
    for element in field.elements { rule(element, &errors) }
    var seen: Set<String> = []
    for element in field.elements where !seen.insert(key(element)).inserted {
      errors.duplicate(element, .string(key(element)))
    }
  }

  /// A map of limited size.
  static func map(
    _ field: Field, maximum: Int = .max, _ errors: inout Findings,
    _ rule: (String, Field, inout Findings) -> Void
  ) {
    if field.count > maximum { return errors.tooMany(field, maximum: maximum) }
    for (key, value) in field.entries { rule(key, value, &errors) }
  }

  /// A JSON object of somebody else's.
  static func raw(_ field: Field, _ errors: inout Findings) {
    guard let value = field.value else { return errors.required(field) }
    if JSON.text(value).utf8.count > rawLimit { return errors.tooLong(field, maximum: rawLimit) }
    if field.object == nil {
      errors.invalid(field, showing: "<value omitted>", "must be a valid JSON object")
    }
  }

  static func poolName(_ name: Field, _ errors: inout Findings) {
    if !name.hasText { return errors.required(name) }
    if name.text.utf8.count > 253 { errors.tooLong(name, maximum: 253) }
    for part in name.text.split(separator: "/", omittingEmptySubsequences: false) {
      for message in Names.dns1123Subdomain(String(part)) {
        errors.invalid(name, showing: .string(String(part)), message)
      }
    }
  }

  /// `name` or `domain/name`.
  static func qualified(_ name: String, _ field: Field, _ errors: inout Findings) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 1 { return identifier(parts[0], field, &errors) }
    guard parts.count == 2 else { return }
    if parts[0].isEmpty {
      errors.invalid(field, showing: "", "the domain must not be empty")
    } else {
      StorageNames.driver(field.with(.string(parts[0])), &errors)
    }
    if parts[1].isEmpty {
      errors.invalid(field, showing: "", "the name must not be empty")
    } else {
      identifier(parts[1], field, &errors)
    }
  }

  static func fullyQualified(_ name: Field, _ errors: inout Findings) {
    qualified(name.text, name, &errors)
    if !name.text.contains("/") {
      errors.invalidText(name, "a fully qualified name must be a domain and a name separated by a slash")
    }
  }

  private static func identifier(_ text: String, _ field: Field, _ errors: inout Findings) {
    if text.utf8.count > nameLimit { errors.tooLong(field, maximum: nameLimit) }
    for message in Names.cIdentifier(text) { errors.invalid(field, showing: .string(text), message) }
  }

  /// Conditions that a device is bound on, and those that say that it failed.
  static func bindings(_ device: Field, _ errors: inout Findings) {
    let (conditions, failures) = (device["bindingConditions"], device["bindingFailureConditions"])
    for field in [conditions, failures] { list(field, maximum: 4, &errors, Selectors.labelName) }
    var seen: Set<String> = []
    for condition in conditions.elements where !seen.insert(condition.text).inserted {
      errors.duplicate(condition)
    }
    var failed: Set<String> = []
    for condition in failures.elements {
      if !failed.insert(condition.text).inserted { errors.duplicate(condition) }
      if seen.contains(condition.text) {
        errors.invalid(condition, "bindingFailureConditions must not overlap with bindingConditions")
      }
    }
    if conditions.isEmpty, !failures.isEmpty {
      errors.invalid(
        conditions, showing: conditions.value ?? .null,
        "bindingConditions are required to use bindingFailureConditions")
    }
    if failures.isEmpty, !conditions.isEmpty {
      errors.invalid(
        failures, showing: failures.value ?? .null,
        "bindingFailureConditions are required to use bindingConditions")
    }
  }
}
