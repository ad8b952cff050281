import Schema
import Values

/// Services.
enum ServiceRules {
  static let rules = KindRules(
    name: .label, checksFinalizers: true,
    content: { service, errors in content(service, &errors) },
    change: ServiceChangeRules.change,
    steps: [.metadataUpdate, .change, .content],
    subresources: ["status": ServiceChangeRules.statusChange])

  static func isHeadless(_ spec: Value?) -> Bool { spec?["clusterIPs"]?.strings == ["None"] }

  private static let hintsAnnotation = "service.kubernetes.io/topology-aware-hints"
  private static let modeAnnotation = "service.kubernetes.io/topology-mode"

  private static func content(_ service: Field, _ errors: inout Findings) {
    let spec = service["spec"]
    let annotations = service["metadata"]["annotations"]
    let (hints, mode) = (annotations.key(hintsAnnotation), annotations.key(modeAnnotation))
    if hints.isSet, mode.isSet, hints.text != mode.text {
      errors.invalidText(mode, "must match annotations[\(hintsAnnotation)] when both are specified")
    }
    type(spec, &errors)
    var names: Set<String> = []
    for port in spec["ports"].elements {
      self.port(port, needsName: spec["ports"].count > 1, &names, &errors)
    }
    Metadata.labels(spec["selector"], &errors)
    affinity(spec, &errors)
    addresses(spec, &errors)
    for address in spec["externalIPs"].elements {
      let faults = Names.ipAddress(address.text)
      for fault in faults { errors.invalidText(address, fault) }
      if faults.isEmpty { EndpointsRules.address(address, &errors) }
    }
    errors.requiredOneOf(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
    portsTogether(spec, &errors)
    ServiceChangeRules.loadBalancer(service, &errors)
    ServiceChangeRules.trafficPolicies(spec, &errors)
  }

  private static func type(_ spec: Field, _ errors: inout Findings) {
    let type = spec["type"].text
    let isHeadless = isHeadless(spec.value)
    if spec["ports"].isEmpty, !isHeadless, type != "ExternalName" { errors.required(spec["ports"]) }
    switch type {
    case "LoadBalancer", "NodePort":
      if isHeadless {
        errors.invalid(spec["clusterIPs"].index(0), "may not be set to 'None' for \(type) services")
      }
    case "ExternalName":
      for name in ["clusterIPs", "ipFamilies"] where !spec[name].isEmpty {
        errors.forbidden(spec[name], "may not be set for ExternalName services")
      }
      if spec["ipFamilyPolicy"].isSet {
        errors.forbidden(spec["ipFamilyPolicy"], "may not be set for ExternalName services")
      }
      let name = spec["externalName"]
      let text = name.text.hasSuffix(".") ? String(name.text.dropLast()) : name.text
      errors.checkRequired(name.with(.string(text)), "", Names.dns1123Subdomain)
    default: break
    }
  }

  // MARK: - Ports

  private static func port(
    _ port: Field, needsName: Bool, _ names: inout Set<String>, _ errors: inout Findings
  ) {
    let name = port["name"]
    if name.hasText {
      errors.check(name, Names.dns1123Label)
      if !names.insert(name.text).inserted { errors.duplicate(name) }
    } else if needsName {
      errors.required(name)
    }
    errors.port(port["port"])
    errors.requiredOneOf(port["protocol"], PodRules.protocols)
    errors.portOrName(port["targetPort"])
    if port["appProtocol"].isSet { errors.check(port["appProtocol"], Names.qualified) }
  }

  private static func portsTogether(_ spec: Field, _ errors: inout Findings) {
    let ports = spec["ports"].elements
    if spec["type"].text == "ClusterIP" {
      for port in ports where port["nodePort"].number != 0 {
        errors.forbidden(port["nodePort"], "may not be used when `type` is 'ClusterIP'")
      }
    }
    var (onNodes, all): (Set<String>, Set<String>) = ([], [])
    for port in ports where port["nodePort"].number != 0 {
      if !onNodes.insert("\(port["protocol"].text) \(port["nodePort"].number)").inserted {
        errors.duplicate(port["nodePort"])
      }
    }
    for port in ports where !all.insert("\(port["protocol"].text) \(port["port"].number)").inserted {
      var key = Object()
      for part in ["protocol", "port"] { key[part] = port[part].value }
      errors.duplicate(port, GoStruct.value(.object(key), as: "ServicePort"))
    }
  }

  // MARK: - Session affinity

  private static func affinity(_ spec: Field, _ errors: inout Findings) {
    errors.requiredOneOf(spec["sessionAffinity"], ["ClientIP", "None"])
    let config = spec["sessionAffinityConfig"]
    switch spec["sessionAffinity"].text {
    case "ClientIP":
      let text = "when session affinity type is ClientIP"
      for field in [config, config["clientIP"], config["clientIP"]["timeoutSeconds"]] where !field.isSet {
        return errors.required(field, text)
      }
      let timeout = config["clientIP"]["timeoutSeconds"]
      if !(1...86_400).contains(timeout.number) {
        errors.invalid(timeout, "must be greater than 0 and less than 86400")
      }
    case "None":
      if config.isSet { errors.forbidden(config, "must not be set when session affinity is None") }
    default: break
    }
  }

  // MARK: - Addresses

  static func addresses(_ spec: Field, _ errors: inout Findings) {
    if spec["type"].text == "ExternalName" { return }
    let (all, families) = (spec["clusterIPs"], spec["ipFamilies"])
    if spec["clusterIP"].hasText {
      if all.isEmpty {
        errors.required(all)
      } else if all.strings.first != spec["clusterIP"].text {
        errors.invalid(all, "first value must match `clusterIP`")
      }
    } else if !all.isEmpty {
      errors.invalid(all, "must be empty when `clusterIP` is not specified")
    }
    var seen: Set<String> = []
    for family in families.elements {
      errors.oneOf(family, ["IPv4", "IPv6"])
      if !seen.insert(family.text).inserted { errors.duplicate(family) }
    }
    if spec["ipFamilyPolicy"].isSet {
      errors.oneOf(spec["ipFamilyPolicy"], ["PreferDualStack", "RequireDualStack", "SingleStack"])
    }
    guard addressForms(all, &errors) else { return }
    if all.count > 1 {
      let kinds = all.strings.compactMap { IPAddress($0)?.isIPv4 }
      if Set(kinds).count < 2 { errors.invalid(all, "may specify no more than one IP for each IP family") }
    }
    if isHeadless(spec.value) { return }
    for (i, (address, family)) in zip(all.elements, families.strings).enumerated() {
      let isFour = IPAddress(address.text)?.isIPv4 ?? true
      if isFour != (family == "IPv4"), ["IPv4", "IPv6"].contains(family) {
        errors.invalid(address, "expected an \(family) value as indicated by `ipFamilies[\(i)]`")
      }
    }
  }

  /// - Returns: whether the addresses are such at all.
  private static func addressForms(_ all: Field, _ errors: inout Findings) -> Bool {
    var areGood = true
    for (i, address) in all.elements.enumerated() {
      if i == 0, address.text == "None" {
        if all.count > 1 {
          areGood = false
          errors.invalid(all, "'None' must be the first and only value")
        }
        continue
      }
      let faults = Names.ipAddress(address.text)
      for fault in faults { errors.invalidText(address, fault) }
      areGood = areGood && faults.isEmpty
    }
    if all.count > 2 { errors.invalid(all, "may only hold up to 2 values") }
    return areGood
  }
}
