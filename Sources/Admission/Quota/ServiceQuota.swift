import Schema
import Values

/// Counts services, and those that take ports of nodes or load balancers.
struct ServiceQuota: QuotaEvaluator {
  let resource = GroupResource.services

  private static let names: Set = [
    "count/services", "services", "services.nodeports", "services.loadbalancers",
  ]

  func counts(_ name: String) -> Bool { Self.names.contains(name) }

  func handles(_ request: AdmissionRequest) -> Bool {
    request.subresource.isEmpty && (request.operation == .create || request.operation == .update)
  }

  func usage(of service: Value) -> ResourceAmounts {
    let ports = service["spec"]?.list("ports") ?? []
    var usage: ResourceAmounts = [
      "services": Quantity(1), "count/services": Quantity(1), "services.nodeports": .zero,
      "services.loadbalancers": .zero,
    ]
    switch service["spec"]?.text("type") {
    case "NodePort":
      usage["services.nodeports"] = Quantity(Int64(ports.count))
    case "LoadBalancer":
      usage["services.loadbalancers"] = Quantity(1)
      let allocates = service["spec"]?["allocateLoadBalancerNodePorts"]?.bool != false
      let taken = allocates ? ports : ports.filter { ($0["nodePort"]?.int ?? 0) != 0 }
      usage["services.nodeports"] = Quantity(Int64(taken.count))
    default: break
    }
    return usage
  }
}
