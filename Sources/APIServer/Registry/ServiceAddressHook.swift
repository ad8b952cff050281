import Schema
import Values

/// Gives services their cluster IPs and node ports and takes them back.
struct ServiceAddressHook: KindHook {
  let addresses: ServiceAddresses

  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    let name = object["metadata"]?["name"]?.string ?? ""
    var allocation = Allocation(addresses)
    do {
      try allocation.assign(&object, old: nil)
    } catch {
      allocation.undo()
      throw .invalid(scope.kind.groupKind, name, [error])
    }
  }

  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    guard scope.subresource == nil else { return }
    let name = new["metadata"]?["name"]?.string ?? ""
    var allocation = Allocation(addresses)
    do {
      try allocation.assign(&new, old: old)
    } catch {
      allocation.undo()
      throw .invalid(scope.kind.groupKind, name, [error])
    }
  }

  func afterUpdate(_ new: Value, old: Value) { release(Allocation.Held(old).without(.init(new))) }

  func afterDelete(_ object: Value) { release(.init(object)) }

  func abandon(_ new: Value, old: Value?) {
    let held = Allocation.Held(new)
    release(old.map { held.without(.init($0)) } ?? held)
  }

  private func release(_ held: Allocation.Held) {
    if let address = held.address { addresses.release(address) }
    for port in held.ports { addresses.release(port: port) }
  }
}

/// What one write of a service takes, so that a failure gives it back.
private struct Allocation {
  let addresses: ServiceAddresses
  private var takenAddresses: [String] = []
  private var takenPorts: [Int64] = []

  init(_ addresses: ServiceAddresses) { self.addresses = addresses }

  /// What a service has of its own: no other one can have it.
  struct Held {
    var address: String?
    var ports: Set<Int64> = []

    init(_ service: Value) {
      let spec = service["spec"]
      let type = spec?["type"]?.string ?? ""
      if type == "ExternalName" { return }
      address = spec?["clusterIPs"]?.strings.first ?? spec?["clusterIP"]?.string
      guard type == "NodePort" || type == "LoadBalancer" else { return }
      // One number may serve several protocols of one service.
      ports = Set((spec?["ports"]?.array ?? []).compactMap { $0["nodePort"]?.int })
      if type == "LoadBalancer", spec?["externalTrafficPolicy"]?.string == "Local",
        let check = spec?["healthCheckNodePort"]?.int
      {
        ports.insert(check)
      }
    }

    func without(_ other: Held) -> Held {
      var rest = self
      if rest.address == other.address { rest.address = nil }
      rest.ports.subtract(other.ports)
      return rest
    }
  }

  mutating func assign(_ service: inout Value, old: Value?) throws(FieldError) {
    guard let type = service["spec"]?["type"]?.string else { return }
    normalizeClusterIPs(&service)
    if type == "ExternalName" { return }
    try setFamilies(&service)
    try assignClusterIP(&service, old: old)
    if type == "NodePort" || type == "LoadBalancer" { try assignNodePorts(&service, type: type, old: old) }
  }

  /// `clusterIP` alone stands for a list of one.
  private func normalizeClusterIPs(_ service: inout Value) {
    let first = service["spec"]?["clusterIP"]?.string ?? ""
    if !first.isEmpty, (service["spec"]?["clusterIPs"]?.array ?? []).isEmpty {
      service["spec"]?["clusterIPs"] = [.string(first)]
    }
  }

  private static func isHeadless(_ service: Value) -> Bool {
    service["spec"]?["clusterIPs"]?.strings.first == "None"
  }

  /// Families and their policy on a cluster that has IPv4 only.
  private func setFamilies(_ service: inout Value) throws(FieldError) {
    let policy = service["spec"]?["ipFamilyPolicy"]?.string
    let families = service["spec"]?["ipFamilies"]?.strings ?? []
    // Nobody gives a headless service without a selector its addresses, so that it may have any.
    if Self.isHeadless(service), (service["spec"]?["selector"]?.object ?? [:]).isEmpty {
      service["spec"]?["ipFamilyPolicy"] = .string(policy ?? "RequireDualStack")
      if families.isEmpty {
        let isSingle = policy == "SingleStack"
        service["spec"]?["ipFamilies"] = isSingle ? ["IPv4"] : ["IPv4", "IPv6"]
      }
      return
    }
    if policy == "RequireDualStack" {
      throw .invalid(
        "spec.ipFamilyPolicy", "RequireDualStack", "this cluster is not configured for dual-stack services")
    }
    for (index, family) in families.enumerated() where family == "IPv6" {
      throw .invalid(
        FieldPath("spec.ipFamilies").index(index), .string(family), "not configured on this cluster")
    }
    if policy == nil { service["spec"]?["ipFamilyPolicy"] = "SingleStack" }
    if families.isEmpty { service["spec"]?["ipFamilies"] = ["IPv4"] }
  }

  private mutating func assignClusterIP(_ service: inout Value, old: Value?) throws(FieldError) {
    if Self.isHeadless(service) {
      service["spec"]?["clusterIP"] = "None"
      return
    }
    let asked = service["spec"]?["clusterIPs"]?.strings.first ?? ""
    if asked.isEmpty {
      do {
        let address = try addresses.takeAny()
        takenAddresses.append(address)
        service["spec"]?["clusterIP"] = .string(address)
        service["spec"]?["clusterIPs"] = [.string(address)]
      } catch {
        throw .internalError("spec.clusterIPs", "failed to allocate IP: range is full")
      }
      return
    }
    service["spec"]?["clusterIP"] = .string(asked)
    guard old.map(Held.init)?.address != asked else { return }
    do {
      try addresses.take(asked)
      takenAddresses.append(asked)
    } catch {
      let reason =
        error == .taken
        ? "provided IP is already allocated" : "the provided network does not match the current range"
      throw .invalid("spec.clusterIPs", Value([asked]), "failed to allocate IP \(asked): \(reason)")
    }
  }

  private mutating func assignNodePorts(_ service: inout Value, type: String, old: Value?) throws(FieldError)
  {
    let kept = old.map(Held.init)?.ports ?? []
    let allocates = type == "NodePort" || service["spec"]?["allocateLoadBalancerNodePorts"]?.bool != false
    var ports = service["spec"]?["ports"]?.array ?? []
    var given: [Int64: Int64] = [:]
    for index in ports.indices {
      let asked = ports[index]["nodePort"]?.int ?? 0
      if asked != 0 {
        if !kept.contains(asked), !takenPorts.contains(asked) { try take(asked, Self.nodePortPath(index)) }
      } else if allocates {
        // The same port by another protocol shares its node port.
        let port = ports[index]["port"]?.int ?? 0
        let number = if let shared = given[port] { shared } else { try takeAny(Self.nodePortPath(index)) }
        ports[index]["nodePort"] = .int(number)
      }
      if let port = ports[index]["port"]?.int, let number = ports[index]["nodePort"]?.int {
        given[port] = number
      }
    }
    service["spec"]?["ports"] = .array(ports)
    if type == "LoadBalancer", service["spec"]?["externalTrafficPolicy"]?.string == "Local" {
      let asked = service["spec"]?["healthCheckNodePort"]?.int ?? 0
      if asked == 0 {
        service["spec"]?["healthCheckNodePort"] = .int(try takeAny("spec.healthCheckNodePort"))
      } else if !kept.contains(asked) {
        try take(asked, "spec.healthCheckNodePort")
      }
    }
  }

  private static func nodePortPath(_ index: Int) -> FieldPath {
    FieldPath("spec").child("ports").index(index).child("nodePort")
  }

  private mutating func take(_ port: Int64, _ path: FieldPath) throws(FieldError) {
    do {
      try addresses.take(port: port)
      takenPorts.append(port)
    } catch {
      let range = addresses.nodePorts
      throw .invalid(
        path, .int(port),
        error == .taken
          ? "provided port is already allocated"
          : "provided port is not in the valid range. "
            + "The range of valid ports is \(range.lowerBound)-\(range.upperBound)"
      )
    }
  }

  private mutating func takeAny(_ path: FieldPath) throws(FieldError) -> Int64 {
    do {
      let port = try addresses.takeAnyPort()
      takenPorts.append(port)
      return port
    } catch {
      throw .internalError(path, "failed to allocate a nodePort: range is full")
    }
  }

  func undo() {
    for address in takenAddresses { addresses.release(address) }
    for port in takenPorts { addresses.release(port: port) }
  }
}
