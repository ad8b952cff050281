import Values

/// What an update of a Service leaves out and the service keeps: clients send the manifest that they made it
/// of, without what was allocated (pkg/registry/core/service/storage/storage.go).
enum ServiceKept {
  static func fill(_ new: inout Value, from old: Value) {
    keepAllocated(&new, ServiceSpec(old))
    alignClusterIPs(&new, ServiceSpec(old))
  }

  private static func keepAllocated(_ new: inout Value, _ before: ServiceSpec) {
    let spec = ServiceSpec(new)
    if !spec.isExternal, !before.isExternal {
      if spec.clusterIP.isEmpty, !before.clusterIP.isEmpty {
        new["spec"]?["clusterIP"] = .string(before.clusterIP)
      }
      if spec.clusterIPs.isEmpty, !before.clusterIPs.isEmpty {
        new["spec"]?["clusterIPs"] = Value(before.clusterIPs)
      }
    }
    if spec.allocatesNodePorts, before.allocatesNodePorts { keepNodePorts(&new, before) }
    if spec.needsHealthCheck, before.needsHealthCheck, spec.healthCheckNodePort == 0,
      before.healthCheckNodePort != 0
    {
      new["spec"]?["healthCheckNodePort"] = .int(before.healthCheckNodePort)
    }
  }

  /// Ports are the same by name; a node port that another one names now stays there.
  private static func keepNodePorts(_ new: inout Value, _ before: ServiceSpec) {
    let used = before.nodePorts.intersection(ServiceSpec(new).nodePorts)
    var byName: [String: Int64] = [:]
    for port in before.ports { byName[port["name"]?.string ?? ""] = port["nodePort"]?.int ?? 0 }
    var ports = ServiceSpec(new).ports
    for i in ports.indices where (ports[i]["nodePort"]?.int ?? 0) == 0 {
      guard let number = byName[ports[i]["name"]?.string ?? ""], number != 0, !used.contains(number) else {
        continue
      }
      ports[i]["nodePort"] = .int(number)
    }
    if !ports.isEmpty { new["spec"]?["ports"] = .array(ports) }
  }

  /// Clients of before dual-stack change `clusterIP` alone.
  private static func alignClusterIPs(_ new: inout Value, _ before: ServiceSpec) {
    let spec = ServiceSpec(new)
    if spec.clusterIP == before.clusterIP {
      if spec.clusterIPs.isEmpty, !before.clusterIPs.isEmpty {
        new["spec"]?["clusterIPs"] = Value(before.clusterIPs)
      }
    } else if spec.clusterIPs == before.clusterIPs {
      new["spec"]?["clusterIPs"] = spec.clusterIP.isEmpty ? nil : [.string(spec.clusterIP)]
    }
  }
}
