import Schema
import Values

/// NetworkPolicies.
enum NetworkPolicyRules {
  static let rules = KindRules(
    checksFinalizers: true, content: { policy, errors in spec(policy["spec"], &errors) },
    steps: [.metadataUpdate, .content])

  private static func spec(_ spec: Field, _ errors: inout Findings) {
    Selectors.validate(spec["podSelector"], &errors)
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
      for rule in spec[direction].elements {
        for port in rule["ports"].elements { self.port(port, &errors) }
        for peer in rule[peers].elements { self.peer(peer, &errors) }
      }
    }
    let types = spec["policyTypes"]
    if types.count > 2 {
      errors.invalid(types, "may not specify more than two policyTypes")
      return
    }
    for type in types.elements { errors.oneOf(type, ["Ingress", "Egress"]) }
  }

  private static func port(_ field: Field, _ errors: inout Findings) {
    if field["protocol"].isSet { errors.oneOf(field["protocol"], ["TCP", "UDP", "SCTP"]) }
    let (port, end) = (field["port"], field["endPort"])
    switch port.value {
    case .string(let name):
      if end.isSet { errors.invalid(end, "may not be specified when `port` is non-numeric") }
      for message in Names.portName(name) { errors.invalid(port, message) }
    case .int(let number):
      errors.port(port)
      if end.isSet {
        if end.number < number {
          errors.invalid(end, showing: .int(number), "must be greater than or equal to `port`")
        }
        errors.port(end)
      }
    default:
      if end.isSet { errors.invalid(end, "may not be specified when `port` is not specified") }
    }
  }

  private static func peer(_ peer: Field, _ errors: inout Findings) {
    let kinds = ["podSelector", "namespaceSelector", "ipBlock"].filter { peer[$0].isSet }
    for kind in kinds {
      if kind == "ipBlock" { block(peer[kind], &errors) } else { Selectors.validate(peer[kind], &errors) }
    }
    if kinds.isEmpty {
      errors.required(peer, "must specify a peer")
    } else if kinds.count > 1, kinds.contains("ipBlock") {
      errors.forbidden(peer, "may not specify both ipBlock and another peer")
    }
  }

  private static func block(_ block: Field, _ errors: inout Findings) {
    errors.checkRequired(block["cidr"], "", Names.addressBlock)
    guard let range = AddressBlock(block["cidr"].text) else { return }
    for except in block["except"].elements {
      errors.check(except, Names.addressBlock)
      guard let hole = AddressBlock(except.text) else { continue }
      if !range.strictlyContains(hole) { errors.invalid(except, "must be a strict subset of `cidr`") }
    }
  }
}
