import Values

/// Defaults of Services (SetDefaults_Service). Addresses and node ports are allocated elsewhere.
enum ServiceDefaults {
  private static let stickySeconds: Value = 10_800

  static func service(_ service: inout Object) {
    let type = service["spec"]?["type"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "ClusterIP"
    service.edit("spec") { spec in
      spec.setDefault("type", .string(type))
      spec.setDefault("sessionAffinity", "None")
      affinity(&spec)
      spec.editEach("ports") { port in
        if port["targetPort"]?.isEmptyValue ?? true { port["targetPort"] = port["port"] ?? 0 }
      }
      if ServiceTypeChange.isExternal(spec) { spec.setDefault("externalTrafficPolicy", "Cluster") }
      if ["ClusterIP", "NodePort", "LoadBalancer"].contains(type) {
        spec.setDefault("internalTrafficPolicy", "Cluster")
      }
      if type == "LoadBalancer" { spec.setDefault("allocateLoadBalancerNodePorts", true) }
    }
    guard type == "LoadBalancer" else { return }
    service.edit("status") { status in
      status.edit("loadBalancer") { balancer in
        balancer.editEach("ingress") { point in
          if !(point["ip"]?.isEmptyValue ?? true) { point.setDefault("ipMode", "VIP") }
        }
      }
    }
  }

  private static func affinity(_ spec: inout Object) {
    switch spec["sessionAffinity"]?.string {
    case "None": spec.removeValue(forKey: "sessionAffinityConfig")
    case "ClientIP":
      if spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"]?.int == nil {
        spec["sessionAffinityConfig"] = ["clientIP": ["timeoutSeconds": stickySeconds]]
      }
    default: return
    }
  }
}
