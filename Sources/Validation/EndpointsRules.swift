import Schema
import Values

/// Endpoints, and the addresses that they and EndpointSlices hold.
enum EndpointsRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      for subset in object["subsets"].elements { EndpointsRules.subset(subset, &errors) }
    },
    steps: [.metadataUpdate, .metadata, .content])

  private static func subset(_ subset: Field, _ errors: inout Findings) {
    if subset["addresses"].isEmpty, subset["notReadyAddresses"].isEmpty {
      errors.required(subset, "must specify `addresses` or `notReadyAddresses`")
    }
    for name in ["addresses", "notReadyAddresses"] {
      for address in subset[name].elements {
        errors.check(address["ip"], Names.ipAddress)
        if address["hostname"].hasText { errors.check(address["hostname"], Names.dns1123Label) }
        if address["nodeName"].isSet { errors.check(address["nodeName"], Names.dns1123Subdomain) }
        self.address(address["ip"], &errors)
      }
    }
    let ports = subset["ports"]
    for port in ports.elements {
      if port["name"].hasText {
        errors.check(port["name"], Names.dns1123Label)
      } else if ports.count > 1 {
        errors.required(port["name"])
      }
      errors.port(port["port"])
      errors.requiredOneOf(port["protocol"], PodRules.protocols)
      if port["appProtocol"].isSet { errors.check(port["appProtocol"], Names.qualified) }
    }
  }

  /// An address that traffic can be sent to.
  static func address(_ field: Field, _ errors: inout Findings) {
    guard let address = IPAddress(field.text) else {
      errors.invalidText(field, "must be a valid IP address")
      return
    }
    if address.isUnspecified { errors.invalid(field, "may not be unspecified (\(field.text))") }
    if address.isLoopback {
      errors.invalid(field, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    }
    if address.isLinkLocalUnicast {
      errors.invalid(field, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    }
    if address.isLinkLocalMulticast {
      errors.invalid(field, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    }
  }
}
