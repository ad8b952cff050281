import Schema
import Values

/// Gives services their cluster IPs and node ports and takes them back.
struct ServiceAddressHook: KindHook {
  let addresses: ServiceAddresses
  let records: ServiceAddressRecords

  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    let spec = ServiceSpec(object)
    // `clusterIP` alone stands for a list of one.
    if !spec.clusterIP.isEmpty, spec.clusterIPs.isEmpty {
      object["spec"]?["clusterIPs"] = [.string(spec.clusterIP)]
    }
    var allocation = ServiceAllocation(addresses, records, name: object["metadata"]?["name"]?.string ?? "")
    do {
      try allocation.create(&object)
    } catch {
      allocation.undo()
      throw error
    }
  }

  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    guard scope.subresource == nil else { return }
    ServiceKept.fill(&new, from: old)
    var allocation = ServiceAllocation(addresses, records, name: new["metadata"]?["name"]?.string ?? "")
    do {
      try allocation.update(&new, old: old)
    } catch {
      allocation.undo()
      throw error
    }
  }

  func willStore(_ new: Value, old: Value?) { records.add(taken(by: new, instead: old).addresses, of: new) }

  func afterUpdate(_ new: Value, old: Value) { give(back: .given(up: old, for: new), of: new) }

  func afterDelete(_ object: Value) { give(back: .all(of: object), of: object) }

  func abandon(_ new: Value, old: Value?) { give(back: taken(by: new, instead: old), of: new) }

  private func taken(by new: Value, instead old: Value?) -> ServiceHoldings {
    old.map { .taken(by: new, instead: $0) } ?? .all(of: new)
  }

  private func give(back held: ServiceHoldings, of service: Value) {
    records.remove(held.addresses, of: service)
    for address in held.addresses { addresses.release(address) }
    for port in held.ports { addresses.release(port: port) }
  }
}

/// Addresses and ports that a service has of its own: no other one can have them.
struct ServiceHoldings {
  var addresses: [String] = []
  var ports: Set<Int64> = []

  static func all(of service: Value) -> ServiceHoldings {
    let spec = ServiceSpec(service)
    var held = ServiceHoldings(addresses: spec.ownAddresses, ports: spec.isOnNodes ? spec.nodePorts : [])
    if spec.needsHealthCheck, spec.healthCheckNodePort != 0 { held.ports.insert(spec.healthCheckNodePort) }
    return held
  }

  /// What an update took for the new state: only these are ever allocated anew, so that an address that the
  /// new state merely names stays whose it is.
  static func taken(by new: Value, instead old: Value) -> ServiceHoldings {
    let (spec, before) = (ServiceSpec(new), ServiceSpec(old))
    var held = ServiceHoldings()
    if before.isExternal {
      held.addresses = spec.ownAddresses
    } else if Self.gainsFamily(spec, before) {
      held.addresses = Array(spec.ownAddresses.dropFirst())
    }
    if spec.isOnNodes { held.ports = spec.nodePorts.subtracting(before.nodePorts) }
    if spec.needsHealthCheck, !before.needsHealthCheck { held.ports.insert(spec.healthCheckNodePort) }
    return held
  }

  /// What the old state had and the new one has no more.
  static func given(up old: Value, for new: Value) -> ServiceHoldings {
    let (spec, before) = (ServiceSpec(new), ServiceSpec(old))
    var held = ServiceHoldings()
    if spec.isExternal {
      held.addresses = before.ownAddresses
    } else if before.families.count == 2, spec.families.count == 1 {
      held.addresses = Array(before.ownAddresses.dropFirst())
    }
    if before.isOnNodes { held.ports = before.nodePorts.subtracting(spec.isOnNodes ? spec.nodePorts : []) }
    if before.needsHealthCheck, !spec.needsHealthCheck { held.ports.insert(before.healthCheckNodePort) }
    return held
  }

  static func gainsFamily(_ spec: ServiceSpec, _ before: ServiceSpec) -> Bool {
    !before.isHeadless && !spec.isExternal && before.families.count == 1 && spec.families.count == 2
  }
}
