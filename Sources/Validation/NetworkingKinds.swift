import Schema
import Values

/// The kinds of the networking and discovery groups.
enum NetworkingKinds {
  static let table: [String: KindRules] = [
    "networking.k8s.io/NetworkPolicy": NetworkPolicyRules.rules,
    "networking.k8s.io/Ingress": IngressRules.rules,
    "networking.k8s.io/IngressClass": IngressRules.classRules,
    "networking.k8s.io/IPAddress": KindRules(
      name: NameRule { text, _ in addressName(text) }, checksFinalizers: true,
      content: { object, errors in parent(object["spec"]["parentRef"], &errors) },
      change: { new, old, errors in
        let parent = new["spec"]["parentRef"]
        if parent.value != old["spec"]?["parentRef"] {
          errors.invalid(
            parent, showing: GoStruct.value(parent.value, as: "ParentReference"), Texts.immutable)
        }
      },
      steps: [.metadata, .content, .metadataUpdate, .change]),
    "networking.k8s.io/ServiceCIDR": KindRules(
      checksFinalizers: true,
      content: { object, errors in ranges(object["spec"], &errors) },
      change: { new, old, errors in
        rangeChange(new["spec"]["cidrs"], old["spec"]?["cidrs"]?.strings ?? [], &errors)
      },
      steps: [.metadata, .content, .metadataUpdate, .change]),
    "discovery.k8s.io/EndpointSlice": EndpointSliceRules.rules,
  ]

  private static func addressName(_ text: String) -> [String] { Names.canonicalAddress(text) }

  /// A range may be joined by one of the other family; else they stay.
  private static func rangeChange(_ field: Field, _ old: [String], _ errors: inout Findings) {
    let new = field.strings
    if new.count == old.count {
      for (range, before) in zip(field.elements, old) where range.text != before {
        errors.invalid(range, Texts.immutable)
      }
    } else if old.count == 1, new.count == 2 {
      if new[0] != old[0] { errors.invalid(field.index(0), Texts.immutable) }
    } else {
      errors.invalid(field, Texts.immutable)
    }
  }

  private static func parent(_ field: Field, _ errors: inout Findings) {
    guard field.isSet else {
      errors.required(field)
      return
    }
    if field["group"].hasText { errors.check(field["group"], Names.dns1123Subdomain) }
    errors.checkRequired(field["resource"], "", Names.pathSegment)
    errors.checkRequired(field["name"], "", Names.pathSegment)
    if field["namespace"].hasText { errors.check(field["namespace"], Names.pathSegment) }
  }

  private static func ranges(_ spec: Field, _ errors: inout Findings) {
    let field = spec["cidrs"]
    let shown: Value = ["CIDRs": field.value ?? .null]
    if field.isEmpty { return errors.required(field, "at least one CIDR required") }
    if field.count > 2 { return errors.invalid(field, showing: shown, "may only hold up to 2 values") }
    let families = field.strings.compactMap { AddressBlock($0)?.address.isIPv4 }
    if field.count == 2, families.count != 2 || families[0] == families[1] {
      return errors.invalid(
        field, showing: shown,
        "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64")
    }
    for range in field.elements { errors.check(range, Names.canonicalBlock) }
  }
}

/// EndpointSlices.
enum EndpointSliceRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { slice, errors in
      errors.requiredOneOf(slice["addressType"], ["FQDN", "IPv4", "IPv6"])
      ports(slice["ports"], &errors)
      endpoints(slice["endpoints"], type: slice["addressType"].text, &errors)
    },
    change: { new, old, errors in errors.immutable(new["addressType"], old["addressType"]) },
    steps: [.metadata, .content, .change])

  private static func endpoints(_ field: Field, type: String, _ errors: inout Findings) {
    if field.count > 1000 { return errors.tooMany(field, maximum: 1000) }
    for endpoint in field.elements {
      let addresses = endpoint["addresses"]
      if addresses.isEmpty {
        errors.required(addresses, "must contain at least 1 address")
      } else if addresses.count > 100 {
        errors.tooMany(addresses, maximum: 100)
      }
      for address in addresses.elements { self.address(address, type: type, &errors) }
      if endpoint["nodeName"].isSet { errors.check(endpoint["nodeName"], Names.dns1123Subdomain) }
      let topology = endpoint["deprecatedTopology"]
      if topology.count > 16 { errors.tooMany(topology, maximum: 16) }
      Metadata.labels(topology, &errors)
      if endpoint["hostname"].isSet { errors.check(endpoint["hostname"], Names.dns1123Label) }
      hints(endpoint["hints"], &errors)
    }
  }

  private static func address(_ field: Field, type: String, _ errors: inout Findings) {
    switch type {
    case "IPv4", "IPv6":
      let address = IPAddress(field.text)
      if address == nil || address?.isIPv4 != (type == "IPv4") {
        errors.invalidText(field, "must be a valid \(type) address")
      }
      EndpointsRules.address(field, &errors)
    case "FQDN": errors.checkRequired(field, "", Names.fullyQualified)
    default: break
    }
  }

  private static func hints(_ hints: Field, _ errors: inout Findings) {
    for name in ["forZones", "forNodes"] {
      let field = hints[name]
      if field.count > 8 {
        errors.tooMany(field, maximum: 8)
        continue
      }
      var seen: Set<String> = []
      for hint in field.elements {
        if !seen.insert(hint["name"].text).inserted { errors.duplicate(hint["name"]) }
        errors.check(hint["name"], name == "forZones" ? Names.labelValue : Names.dns1123Subdomain)
      }
    }
  }

  private static func ports(_ field: Field, _ errors: inout Findings) {
    if field.count > 20_000 { return errors.tooMany(field, maximum: 20_000) }
    var seen: Set<String> = []
    for port in field.elements {
      let name = port["name"]
      if name.hasText { errors.check(name, Names.dns1123Label) }
      if !seen.insert(name.text).inserted { errors.duplicate(name, .string(name.text)) }
      errors.requiredOneOf(port["protocol"], PodRules.protocols)
      if port["appProtocol"].isSet { errors.check(port["appProtocol"], Names.qualified) }
    }
  }
}
