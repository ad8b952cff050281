import Values

/// What a Service loses when its type changes: a field that the old type needed and the new one does not
/// goes, unless the request gave it another value (dropTypeDependentFields).
enum ServiceTypeChange {
  private struct Rule: Sendable {
    let fields: [String]
    let isNeeded: @Sendable (Object) -> Bool
  }

  private static let rules = [
    Rule(fields: ["externalName"]) { type($0) == "ExternalName" },
    Rule(fields: ["clusterIP"], isNeeded: isInside),
    Rule(fields: ["clusterIPs"], isNeeded: isInside),
    Rule(fields: ["ipFamilies"], isNeeded: isInside),
    Rule(fields: ["ipFamilyPolicy"], isNeeded: isInside),
    Rule(fields: ["internalTrafficPolicy"], isNeeded: isInside),
    Rule(fields: ["externalTrafficPolicy"], isNeeded: isExternal),
    Rule(fields: ["healthCheckNodePort"]) {
      type($0) == "LoadBalancer" && $0["externalTrafficPolicy"]?.string == "Local"
    },
    Rule(fields: ["allocateLoadBalancerNodePorts", "loadBalancerClass"]) { type($0) == "LoadBalancer" },
  ]

  static func apply(to new: inout Object, _ old: Object) {
    let before = old["spec"]?.object ?? [:]
    new.edit("spec") { spec in
      let after = spec
      for rule in rules where rule.isNeeded(before) && !rule.isNeeded(after) {
        guard rule.fields.allSatisfy({ after[$0] == before[$0] }) else { continue }
        for field in rule.fields { spec.removeValue(forKey: field) }
      }
      if hasNodePorts(before), !hasNodePorts(after), nodePorts(before) == nodePorts(after) {
        spec.editEach("ports") { _ = $0.removeValue(forKey: "nodePort") }
      }
    }
  }

  /// Whether the service is reached from outside, so that `externalTrafficPolicy` means something.
  static func isExternal(_ spec: Object) -> Bool {
    hasNodePorts(spec) || type(spec) == "ClusterIP" && spec["externalIPs"]?.array?.isEmpty == false
  }

  /// Whether the service has addresses of its own.
  private static func isInside(_ spec: Object) -> Bool { type(spec) != "ExternalName" }

  private static func type(_ spec: Object) -> String { spec["type"]?.string ?? "ClusterIP" }

  private static func hasNodePorts(_ spec: Object) -> Bool {
    ["NodePort", "LoadBalancer"].contains(type(spec))
  }

  private static func nodePorts(_ spec: Object) -> [Value?] {
    (spec["ports"]?.array ?? []).map { $0["nodePort"] }
  }
}
