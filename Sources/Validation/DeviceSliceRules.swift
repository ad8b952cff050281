import Schema
import Values

/// ResourceSlices: the devices that drivers offer (pkg/apis/resource/validation).
enum DeviceSliceRules {
  private static let oneText =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
  private static let deviceText =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true "
    + "in the ResourceSlice spec"

  static func slice(_ spec: Field, _ old: Value?, _ errors: inout Findings) {
    StorageNames.driver(spec["driver"], &errors)
    let pool = spec["pool"]
    DeviceLists.poolName(pool["name"], &errors)
    errors.positive(pool["resourceSliceCount"])
    if pool["generation"].number < 0 {
      errors.invalid(pool["generation"], "must be greater than or equal to zero")
    }
    if let old {
      errors.immutable(pool["name"], old["pool"]?["name"])
      errors.immutable(spec["driver"], old["driver"])
      errors.immutable(spec["nodeName"], old["nodeName"])
    }
    var set = nodes(spec, emptyText: "must be either unset or set to a non-empty string", &errors)
    let perDevice = spec["perDeviceNodeSelection"]
    if perDevice.isTrue { set.append("`perDeviceNodeSelection`") }
    if perDevice.bool == false { errors.invalid(perDevice, "must be either unset or set to true") }
    let terms = spec["nodeSelector"]["nodeSelectorTerms"]
    if spec["nodeSelector"].isSet, terms.count != 1 {
      errors.invalid(terms, showing: terms.value ?? .null, "must have exactly one node selector term")
    }
    if set.isEmpty { errors.required(spec, oneText) }
    if set.count > 1 {
      errors.invalid(
        spec, showing: .string("{\(set.joined(separator: ", "))}"), "\(oneText), but multiple fields are set")
    }
    if spec["sharedCounters"].isSet, spec["devices"].isSet {
      errors.invalid(spec, showing: "", "only one of `sharedCounters` or `devices` is allowed")
    }
    let isCostly = spec["devices"].elements.contains {
      !$0["taints"].isEmpty || !$0["consumesCounters"].isEmpty
    }
    let before = old?["devices"]?.array ?? []
    DeviceLists.set(
      spec["devices"], maximum: isCostly ? 64 : 128, key: { $0["name"].text }, &errors
    ) { device, errors in
      let known = before.first { $0["name"] == device["name"].value }
      self.device(device, known, isSelected: perDevice.isTrue, &errors)
    }
    DeviceLists.set(spec["sharedCounters"], maximum: 8, key: { $0["name"].text }, &errors) {
      counters, errors in
      errors.checkRequired(counters["name"], "", Names.dns1123Label)
      self.counters(counters["counters"], &errors)
    }
  }

  /// Where a slice or a device is.
  /// - Returns: which of the fields say so.
  private static func nodes(_ field: Field, emptyText: String, _ errors: inout Findings) -> [String] {
    var set: [String] = []
    if field["nodeName"].hasText {
      set.append("`nodeName`")
      errors.check(field["nodeName"], Names.dns1123Subdomain)
    } else if field["nodeName"].isSet {
      errors.invalid(field["nodeName"], emptyText)
    }
    if field["nodeSelector"].isSet {
      set.append("`nodeSelector`")
      PodRules.nodeSelector(field["nodeSelector"], &errors)
    }
    if field["allNodes"].isTrue { set.append("`allNodes`") }
    if field["allNodes"].bool == false {
      errors.invalid(field["allNodes"], "must be either unset or set to true")
    }
    return set
  }

  // MARK: - Devices

  private static func device(_ device: Field, _ old: Value?, isSelected: Bool, _ errors: inout Findings) {
    errors.check(device["name"], Names.dns1123Label)
    let (attributes, capacity) = (device["attributes"], device["capacity"])
    if attributes.count + capacity.count > 32 {
      errors.invalid(
        device, showing: .int(Int64(attributes.count + capacity.count)),
        "the total number of attributes and capacities must not exceed 32")
    }
    DeviceLists.map(attributes, &errors) { name, attribute, errors in
      DeviceLists.qualified(name, attribute, &errors)
      self.attribute(attribute, &errors)
    }
    let isShared = device["allowMultipleAllocations"].isTrue
    DeviceLists.map(capacity, &errors) { name, entry, errors in
      DeviceLists.qualified(name, entry, &errors)
      let policy = entry["requestPolicy"]
      guard policy.isSet else { return }
      if isShared {
        DevicePolicyRules.policy(policy, capacity: entry["value"], &errors)
      } else {
        errors.forbidden(policy, "allowMultipleAllocations must be true")
      }
    }
    if old == nil || old?["taints"] != device["taints"].value {
      DeviceLists.list(device["taints"], maximum: 16, &errors, taint)
    }
    DeviceLists.set(
      device["consumesCounters"], maximum: 2, key: { $0["counterSet"].text }, &errors
    ) { consumption, errors in
      errors.checkRequired(consumption["counterSet"], "", Names.dns1123Label)
      counters(consumption["counters"], &errors)
    }
    if isSelected {
      let set = nodes(device, emptyText: "must not be empty", &errors)
      if set.isEmpty { errors.required(device, deviceText) }
      if set.count > 1 {
        errors.invalid(device, showing: .string("{\(set.joined(separator: ", "))}"), deviceText)
      }
    } else if ["nodeName", "nodeSelector", "allNodes"].contains(where: { device[$0].isSet }) {
      errors.invalid(
        device, showing: .null,
        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the "
          + "ResourceSlice spec")
    }
    DeviceLists.bindings(device, &errors)
  }

  private static func taint(_ taint: Field, _ errors: inout Findings) {
    Selectors.labelName(taint["key"], &errors)
    if taint["value"].hasText { errors.check(taint["value"], Names.labelValue) }
    errors.requiredOneOf(taint["effect"], DeviceLists.effects)
  }

  private static func counters(_ counters: Field, _ errors: inout Findings) {
    if counters.isEmpty { return errors.required(counters) }
    DeviceLists.map(counters, maximum: 32, &errors) { name, counter, errors in
      for message in Names.dns1123Label(name) { errors.invalid(counter, showing: .string(name), message) }
    }
  }

  private static func attribute(_ attribute: Field, _ errors: inout Findings) {
    let set = ["bool", "int", "string", "version"].filter { attribute[$0].isSet }
    let (text, version) = (attribute["string"], attribute["version"])
    if text.text.utf8.count > 64 { errors.tooLong(text, maximum: 64) }
    if version.isSet {
      if !isSemanticVersion(version.text) {
        errors.invalid(version, "must be a string compatible with semver.org spec 2.0.0")
      }
      if version.text.utf8.count > 64 { errors.tooLong(version, maximum: 64) }
    }
    if set.isEmpty { errors.invalid(attribute, showing: "", "exactly one value must be specified") }
    if set.count > 1 {
      errors.invalid(
        attribute, showing: GoStruct.value(attribute.value, as: "DeviceAttribute"),
        "exactly one value must be specified")
    }
  }

  /// Semantic Versioning 2.0.0, items 2, 9 and 10.
  private static func isSemanticVersion(_ text: String) -> Bool {
    func isNumber(_ text: Substring) -> Bool {
      !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        && (text.utf8.count == 1 || !text.hasPrefix("0"))
    }
    func isIdentifier(_ text: Substring) -> Bool {
      !text.isEmpty
        && text.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2D
        }
    }
    let built = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    if built.count == 2 {
      guard built[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier) else {
        return false
      }
    }
    let parts = built[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      for part in parts[1].split(separator: ".", omittingEmptySubsequences: false) {
        let isNumeric = part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isIdentifier(part), !isNumeric || isNumber(part) else { return false }
      }
    }
    let core = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    return core.count == 3 && core.allSatisfy(isNumber)
  }
}
