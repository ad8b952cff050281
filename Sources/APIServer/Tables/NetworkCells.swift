import Schema
import Values

/// Rows of the group networking.k8s.io.
enum NetworkCells {
  static let makers: [String: CellMaker] = [
    "ingresses.networking.k8s.io": CellRule.row(
      .name, .text("spec.ingressClassName", missing: "<none>"), .computed(hosts),
      .computed(ServiceCells.loadBalancerAddresses), .computed(ports), .age),
    "ingressclasses.networking.k8s.io": CellRule.row(
      .name, .text("spec.controller"), .computed(parameters), .age),
    "networkpolicies.networking.k8s.io": CellRule.row(.name, .selector("spec.podSelector"), .age),
    "ipaddresses.networking.k8s.io": CellRule.row(.name, .computed(parent)),
    "servicecidrs.networking.k8s.io": CellRule.row(.name, .joined("spec.cidrs"), .age),
  ]

  /// The rest is counted in rules, whether they name a host or not.
  private static func hosts(_ ingress: ObjectReader) -> String {
    let rules = ingress.at("spec.rules").items
    var hosts: [String] = []
    for rule in rules {
      if hosts.count == LimitedList.shown {
        return "\(hosts.joined(separator: ",")) + \(rules.count - LimitedList.shown) more..."
      }
      if !rule["host"].text.isEmpty { hosts.append(rule["host"].text) }
    }
    return hosts.isEmpty ? "*" : hosts.joined(separator: ",")
  }

  private static func ports(_ ingress: ObjectReader) -> String {
    ingress.at("spec.tls").count > 0 ? "80, 443" : "80"
  }

  private static func parameters(_ ingressClass: ObjectReader) -> String {
    let parameters = ingressClass.at("spec.parameters")
    guard parameters.exists else { return "<none>" }
    let group = parameters["apiGroup"].exists ? "." + parameters["apiGroup"].text : ""
    return "\(parameters["kind"].text)\(group)/\(parameters["name"].text)"
  }

  /// `services/default/web`
  private static func parent(_ address: ObjectReader) -> String {
    let parent = address.at("spec.parentRef")
    guard parent.exists else { return "<none>" }
    let resource = GroupResource(group: parent["group"].text, resource: parent["resource"].text)
    let namespace = parent["namespace"].text
    let place = namespace.isEmpty ? "" : "/" + namespace
    return "\(resource.description.lowercased())\(place)/\(parent["name"].text)"
  }
}
