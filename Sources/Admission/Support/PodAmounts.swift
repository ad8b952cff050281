import Values

/// Amounts of resources by name.
public typealias ResourceAmounts = [String: Quantity]

/// Adding up what pods ask for.
enum PodAmounts {
  /// Amounts of a map of quantities; entries that are none are left out.
  static func read(_ value: Value?) -> ResourceAmounts {
    var result: ResourceAmounts = [:]
    for (name, amount) in value?.object ?? [:] {
      if let quantity = try? Quantity(json: amount) { result[name] = quantity }
    }
    return result
  }

  /// A map of quantities, keys in order.
  static func value(_ amounts: ResourceAmounts) -> Value {
    .object(Object(amounts.keys.sortedAsBytes().map { ($0, .string(amounts[$0]?.description ?? "0")) }))
  }

  static func add(_ amounts: ResourceAmounts, to sum: inout ResourceAmounts) {
    for (name, amount) in amounts { sum[name] = sum[name].map { $0 + amount } ?? amount }
  }

  /// What all containers of a pod's spec ask for together (KEP-753): those that run side by side added up,
  /// or what one init container needs before them if that is more. Pod-level amounts (KEP-2837) replace it.
  /// - Parameter list: `requests` or `limits`.
  static func ofContainers(_ spec: Value, _ list: String) -> ResourceAmounts {
    var sum: ResourceAmounts = [:]
    for container in spec.containers([.containers]) { add(read(container["resources"]?[list]), to: &sum) }
    var sidecars: ResourceAmounts = [:]
    var peak: ResourceAmounts = [:]
    for container in spec.containers([.initContainers]) {
      var needed = read(container["resources"]?[list])
      if container.text("restartPolicy") == "Always" {
        add(needed, to: &sum)
        add(needed, to: &sidecars)
        needed = sidecars
      } else {
        add(sidecars, to: &needed)
      }
      raise(&peak, to: needed)
    }
    raise(&sum, to: peak)
    for (name, amount) in read(spec["resources"]?[list]) where isPodLevel(name) { sum[name] = amount }
    return sum
  }

  /// Also counts what running the pod costs besides its containers (`spec.overhead`). A limit that is not
  /// there stays unlimited.
  static func ofPod(_ spec: Value, _ list: String) -> ResourceAmounts {
    var sum = ofContainers(spec, list)
    for (name, amount) in read(spec["overhead"]) {
      if list == "limits", sum[name] == nil { continue }
      sum[name] = sum[name].map { $0 + amount } ?? amount
    }
    return sum
  }

  /// Whether the pod itself, not its containers, is given resources.
  static func hasPodLevelResources(_ spec: Value) -> Bool {
    ["requests", "limits"].contains { list in read(spec["resources"]?[list]).keys.contains(where: isPodLevel)
    }
  }

  private static func isPodLevel(_ name: String) -> Bool {
    name == "cpu" || name == "memory" || name.hasPrefix("hugepages-")
  }

  private static func raise(_ amounts: inout ResourceAmounts, to others: ResourceAmounts) {
    for (name, amount) in others {
      if let known = amounts[name], !(known < amount) { continue }
      amounts[name] = amount
    }
  }
}
