import Values

/// Amounts of resources by name, as in a container's requests.
typealias ResourceAmounts = [String: Quantity]

/// What the containers of a pod ask for together, the defaults of pod-level resources (KEP-2837), and the
/// quality of service that follows.
public enum PodResources {
  /// Amounts of a map of quantities; entries that are none are left out.
  static func amounts(_ value: Value?) -> ResourceAmounts {
    var result: ResourceAmounts = [:]
    for (name, amount) in value?.object ?? [:] {
      if let quantity = try? Quantity(json: amount) { result[name] = quantity }
    }
    return result
  }

  /// The effective amounts of all containers: those that run together added up, or what one init container
  /// needs before them if that is more.
  static func aggregate(_ spec: Object, _ list: String) -> ResourceAmounts {
    var sum: ResourceAmounts = [:]
    for container in spec["containers"]?.array ?? [] { add(amounts(container["resources"]?[list]), to: &sum) }
    var sidecars: ResourceAmounts = [:]
    var peak: ResourceAmounts = [:]
    for container in spec["initContainers"]?.array ?? [] {
      var needed = amounts(container["resources"]?[list])
      if container["restartPolicy"]?.string == "Always" {
        add(needed, to: &sum)
        add(needed, to: &sidecars)
        needed = sidecars
      } else {
        add(sidecars, to: &needed)
      }
      raise(&peak, to: needed)
    }
    raise(&sum, to: peak)
    return sum
  }

  private static func add(_ amounts: ResourceAmounts, to sum: inout ResourceAmounts) {
    for (name, amount) in amounts { sum[name] = (sum[name] ?? .zero) + amount }
  }

  private static func raise(_ amounts: inout ResourceAmounts, to others: ResourceAmounts) {
    for (name, amount) in others {
      if let known = amounts[name], !(known < amount) { continue }
      amounts[name] = amount
    }
  }

  // MARK: - Pod-level resources

  private static func isHugePage(_ name: String) -> Bool { name.hasPrefix("hugepages-") }
  private static func isOvercommitted(_ name: String) -> Bool { name == "cpu" || name == "memory" }

  /// Fills pod-level requests and limits where the pod gives some of them.
  static func applyDefaults(to spec: inout Object) {
    guard spec["resources"]?.object != nil else { return }
    let containerRequests = aggregate(spec, "requests")
    let containerLimits = aggregate(spec, "limits")
    let isLimitedByAll = containerLimits.filter { entry in
      allContainers(spec) { $0["resources"]?["limits"]?[entry.key] != nil }
    }
    spec.edit("resources") { resources in
      let given = (resources["requests"]?.object ?? [:], resources["limits"]?.object ?? [:])
      if given.0.isEmpty, given.1.isEmpty { return }
      fill(&resources, "limits", containerLimits.filter { isHugePage($0.key) && !given.0.contains($0.key) })
      let limits = amounts(resources["limits"])
      if !limits.isEmpty {
        fill(&resources, "requests", containerRequests.filter { isOvercommitted($0.key) })
        fill(&resources, "requests", limits.filter { isOvercommitted($0.key) || isHugePage($0.key) })
      } else if !given.0.isEmpty {
        fill(&resources, "limits", isLimitedByAll.filter { isOvercommitted($0.key) })
      }
    }
  }

  private static func fill(_ resources: inout Object, _ list: String, _ amounts: ResourceAmounts) {
    if amounts.isEmpty { return }
    resources.setDefault(list, .object([:]))
    resources.edit(list) { entries in
      for name in amounts.keys.sorted() {
        entries.setDefault(name, .string(amounts[name]?.description ?? "0"))
      }
    }
  }

  /// Whether the test holds for each container that runs to the end of the pod.
  private static func allContainers(_ spec: Object, _ test: (Value) -> Bool) -> Bool {
    let inits = (spec["initContainers"]?.array ?? []).filter { $0["restartPolicy"]?.string == "Always" }
    return ((spec["containers"]?.array ?? []) + inits).allSatisfy(test)
  }

  // MARK: - Quality of service

  /// `Guaranteed`, `Burstable` or `BestEffort`, from what the pod requests of CPU and memory and is limited to.
  public static func qosClass(ofSpec spec: Object) -> String {
    var parts = ((spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])).map {
      $0["resources"]
    }
    if let resources = spec["resources"],
      amounts(resources["requests"]).count + amounts(resources["limits"]).count > 0
    {
      parts = [resources]
    }
    var requests: ResourceAmounts = [:]
    var limits: ResourceAmounts = [:]
    var isGuaranteed = true
    for resources in parts {
      let asked = counted(resources?["requests"])
      let allowed = counted(resources?["limits"])
      if allowed.count < 2 { isGuaranteed = false }
      add(asked, to: &requests)
      add(allowed, to: &limits)
    }
    if requests.isEmpty, limits.isEmpty { return "BestEffort" }
    return isGuaranteed && requests == limits ? "Guaranteed" : "Burstable"
  }

  /// CPU and memory of which there is some.
  private static func counted(_ value: Value?) -> ResourceAmounts {
    amounts(value).filter { isOvercommitted($0.key) && !$0.value.isZero }
  }
}
