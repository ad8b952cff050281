import Schema
import Values

/// Nodes.
enum NodeRules {
  static let rules = KindRules(
    checksFinalizers: true, content: content, change: change,
    steps: [.metadata, .content, .metadataUpdate, .change],
    subresources: [
      "status": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        change(new, old, &errors)
      }
    ])

  private static let content: ObjectRule = { node, errors in
    taints(node, &errors)
    resources(node, &errors)
    let capacity = node["metadata"]["nodeSwapStatus"]["capacity"]
      .with(node["status"]["nodeInfo"]["swap"]["capacity"].value)
    if capacity.isSet { errors.positive(capacity) }
    features(node["status"]["declaredFeatures"], &errors)
    let ranges = node["spec"]["podCIDRs"]
    for range in ranges.elements { errors.check(range, Names.addressBlock) }
    if ranges.count > 1 {
      let families = ranges.strings.compactMap { AddressBlock($0)?.address.isIPv4 }
      if families.count != 2 || families[0] == families[1] {
        errors.invalid(ranges, "may specify no more than one CIDR for each IP family")
      }
    }
  }

  private static let change: ChangeRule = { node, old, errors in
    resources(node, &errors)
    features(node["status"]["declaredFeatures"], &errors)
    var addresses: [Value] = []
    for address in node["status"]["addresses"].elements {
      let value = GoStruct.value(address.value, as: "NodeAddress")
      if addresses.contains(value) { errors.duplicate(address, value) }
      addresses.append(value)
    }
    let spec = node["spec"]
    let ranges = old["spec"]?["podCIDRs"]?.strings ?? []
    if !ranges.isEmpty {
      let text = "node updates may not change podCIDR except from \"\" to valid"
      let now = spec["podCIDRs"].strings
      if now.count != ranges.count {
        errors.forbidden(spec["podCIDRs"], text)
      } else {
        for (range, before) in zip(now, ranges) where range != before {
          errors.forbidden(spec["podCIDRs"], text)
        }
      }
    }
    let provider = old["spec"]?["providerID"]?.string ?? ""
    if !provider.isEmpty, spec["providerID"].text != provider {
      errors.forbidden(spec["providerID"], "node updates may not change providerID except from \"\" to valid")
    }
    taints(node, &errors)
    if spec["externalID"].text != old["spec"]?["externalID"]?.string ?? "" {
      errors.forbidden(spec["externalID"], "may not be updated")
    }
  }

  /// Findings about taints name a path below metadata, as the real server does.
  private static func taints(_ node: Field, _ errors: inout Findings) {
    let field = node["metadata"]["taints"].with(node["spec"]["taints"].value)
    var seen: Set<String> = []
    for taint in field.elements {
      Selectors.labelName(taint["key"], &errors)
      let faults = Names.labelValue(taint["value"].text)
      if !faults.isEmpty { errors.invalidText(taint["value"], faults.joined(separator: ";")) }
      errors.requiredOneOf(taint["effect"], PodRules.taintEffects)
      if !seen.insert("\(taint["effect"].text) \(taint["key"].text)").inserted {
        let shown = JSON.text(GoStruct.value(taint.value, as: "Taint"))
        errors.append(
          FieldError(
            kind: .duplicate, path: taint.path,
            message: "Duplicate value: \(shown): taints must be unique by key and effect pair"))
      }
    }
  }

  private static func resources(_ node: Field, _ errors: inout Findings) {
    for name in ["capacity", "allocatable"] {
      for (key, entry) in node["status"][name].entries {
        ResourceNames.amount(key, node["status"][name][key].with(entry.value), &errors)
      }
    }
  }

  private static func features(_ field: Field, _ errors: inout Findings) {
    let names = field.elements
    for (i, feature) in names.enumerated() {
      let quoted = FieldError.quoted(feature.text)
      if feature.text.utf8.count > 253 {
        errors.invalid(feature, "invalid feature name \(quoted): must be no more than 253 characters")
      } else if !isFeature(feature.text) {
        errors.invalid(
          feature,
          "invalid feature name \(quoted): must start with an UpperCamelCase segment, with subsequent segments "
            + "separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric "
            + "characters and slashes")
      }
      guard i > 0 else { continue }
      let before = names[i - 1].text
      if feature.text == before {
        errors.duplicate(feature)
      } else if feature.text < before {
        errors.invalid(feature, "list must be sorted alphabetically")
      }
    }
  }

  private static func isFeature(_ name: String) -> Bool {
    guard let first = name.utf8.first, Characters.isUpper(first) else { return false }
    return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && $0.utf8.allSatisfy(Characters.isAlphanumeric)
    }
  }
}
