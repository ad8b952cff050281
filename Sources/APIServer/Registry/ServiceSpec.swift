import Values

/// What the allocation of addresses reads of a Service.
struct ServiceSpec {
  let value: Value?

  init(_ service: Value?) { value = service?["spec"] }

  var type: String { value?["type"]?.string ?? "" }
  var clusterIP: String { value?["clusterIP"]?.string ?? "" }
  var clusterIPs: [String] { value?["clusterIPs"]?.strings ?? [] }
  var families: [String] { value?["ipFamilies"]?.strings ?? [] }
  var policy: String? { value?["ipFamilyPolicy"]?.string }
  var ports: [Value] { value?["ports"]?.array ?? [] }
  var hasSelector: Bool { !(value?["selector"]?.object ?? [:]).isEmpty }
  var healthCheckNodePort: Int64 { value?["healthCheckNodePort"]?.int ?? 0 }

  var isExternal: Bool { type == "ExternalName" }
  var isHeadless: Bool { clusterIPs.first == "None" }
  /// A type that is reached at the nodes.
  var isOnNodes: Bool { type == "NodePort" || type == "LoadBalancer" }
  /// Whether ports that name no node port get one.
  var allocatesNodePorts: Bool {
    type == "NodePort"
      || type == "LoadBalancer" && value?["allocateLoadBalancerNodePorts"]?.bool != false
  }
  var needsHealthCheck: Bool {
    type == "LoadBalancer" && value?["externalTrafficPolicy"]?.string == "Local"
  }

  /// The addresses of its own; none for one without.
  var ownAddresses: [String] { isExternal || isHeadless ? [] : clusterIPs.filter { !$0.isEmpty } }
  /// One number may serve several protocols of one service.
  var nodePorts: Set<Int64> { Set(ports.compactMap { $0["nodePort"]?.int }.filter { $0 != 0 }) }

  static func family(of address: String) -> String { address.utf8.contains(0x3A) ? "IPv6" : "IPv4" }
}
