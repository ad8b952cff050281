import Schema
import Values

/// Counts pods and what they request (Kubernetes documentation, "Resource Quotas").
struct PodQuota: QuotaEvaluator {
  let resource = GroupResource.pods

  private static let names: Set = [
    "count/pods", "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory",
    "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
  ]
  /// Who limits these makes every container say how much it wants.
  private static let mandatory: Set = [
    "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
  ]

  func counts(_ name: String) -> Bool {
    if Self.names.contains(name) || name.hasPrefix("hugepages-") || name.hasPrefix("requests.hugepages-") {
      return true
    }
    guard name.hasPrefix("requests.") else { return false }
    return Self.isExtended(name) || name.hasPrefix("requests.deviceclass.resource.kubernetes.io/")
  }

  /// A resource with a vendor's name.
  private static func isExtended(_ name: String) -> Bool {
    name.contains("/") && !name.contains("kubernetes.io/")
  }

  func handles(_ request: AdmissionRequest) -> Bool {
    switch (request.operation, request.subresource) {
    case (.create, ""), (.update, "resize"): true
    case (.update, ""): Self.isTerminating(request.object) != Self.isTerminating(request.oldObject)
    default: false
    }
  }

  // MARK: - Usage

  func usage(of pod: Value) -> ResourceAmounts {
    var usage: ResourceAmounts = ["count/pods": Quantity(1)]
    guard Self.isRunning(pod), let spec = pod["spec"] else { return usage }
    PodAmounts.add(
      Self.named(
        requests: PodAmounts.ofPod(spec, "requests"), limits: PodAmounts.ofPod(spec, "limits")), to: &usage)
    return usage
  }

  private static func named(requests: ResourceAmounts, limits: ResourceAmounts) -> ResourceAmounts {
    var usage: ResourceAmounts = ["pods": Quantity(1)]
    for (name, amount) in requests {
      if ["cpu", "memory", "ephemeral-storage"].contains(name) || name.hasPrefix("hugepages-") {
        usage[name] = amount
        usage["requests.\(name)"] = amount
      } else if isExtended(name) {
        usage["requests.\(name)"] = amount
      }
    }
    for name in ["cpu", "memory", "ephemeral-storage"] {
      if let amount = limits[name] { usage["limits.\(name)"] = amount }
    }
    return usage
  }

  /// Pods that have ended, or whose time to end is over, use nothing any more.
  private static func isRunning(_ pod: Value) -> Bool {
    let phase = pod["status"]?.text("phase")
    if phase == "Succeeded" || phase == "Failed" { return false }
    guard let deleted = pod["metadata"]?["deletionTimestamp"]?.string,
      let grace = pod["metadata"]?["deletionGracePeriodSeconds"]?.int, let since = Timestamp(rfc3339: deleted)
    else { return true }
    return Timestamp.now <= since.adding(seconds: grace)
  }

  func missing(in pod: Value, for names: [String]) -> String? {
    guard let spec = pod["spec"], !PodAmounts.hasPodLevelResources(spec) else { return nil }
    let required = names.filter(Self.mandatory.contains).sortedAsBytes()
    if required.isEmpty { return nil }
    var lacking: [String: Set<String>] = [:]
    for container in spec.containers([.containers, .initContainers]) {
      let resources = container["resources"]
      let given = Self.named(
        requests: PodAmounts.read(resources?["requests"]), limits: PodAmounts.read(resources?["limits"]))
      for name in required where given[name] == nil {
        lacking[name, default: []].insert(container.text("name"))
      }
    }
    if lacking.isEmpty { return nil }
    let parts = required.compactMap { name in
      lacking[name].map { "\(name) for: \($0.sortedAsBytes().joined(separator: ","))" }
    }
    return "must specify \(parts.joined(separator: "; "))"
  }

  // MARK: - Scopes

  func isInScope(_ pod: Value, _ scope: QuotaScope) -> Bool {
    switch scope.name {
    case "Terminating": return Self.isTerminating(pod)
    case "NotTerminating": return !Self.isTerminating(pod)
    case "BestEffort": return Self.isBestEffort(pod)
    case "NotBestEffort": return !Self.isBestEffort(pod)
    case "PriorityClass":
      let name = pod["spec"]?.text("priorityClassName") ?? ""
      return scope.matches(class: name.isEmpty ? nil : name)
    case "CrossNamespacePodAffinity": return Self.crossesNamespaces(pod)
    default: return false
    }
  }

  private static func isTerminating(_ pod: Value?) -> Bool {
    (pod?["spec"]?["activeDeadlineSeconds"]?.int ?? -1) >= 0
  }

  private static func isBestEffort(_ pod: Value) -> Bool {
    PodResources.qosClass(ofSpec: pod["spec"]?.object ?? [:]) == "BestEffort"
  }

  private static func crossesNamespaces(_ pod: Value) -> Bool {
    let affinity = pod["spec"]?["affinity"]
    return ["podAffinity", "podAntiAffinity"].contains { kind in
      let required = affinity?[kind]?.list("requiredDuringSchedulingIgnoredDuringExecution") ?? []
      let preferred = affinity?[kind]?.list("preferredDuringSchedulingIgnoredDuringExecution") ?? []
      return (required + preferred.compactMap { $0["podAffinityTerm"] }).contains { term in
        !term.list("namespaces").isEmpty || term["namespaceSelector"] != nil
      }
    }
  }
}
