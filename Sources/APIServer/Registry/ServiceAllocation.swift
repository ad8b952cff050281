import Schema
import Values

/// What one write of a service takes, so that a failure gives it back
/// (pkg/registry/core/service/storage/alloc.go).
struct ServiceAllocation {
  private let addresses: ServiceAddresses
  private let records: ServiceAddressRecords
  private let name: String
  private var takenAddresses: [String] = []
  private var takenPorts: [Int64] = []

  init(_ addresses: ServiceAddresses, _ records: ServiceAddressRecords, name: String) {
    self.addresses = addresses
    self.records = records
    self.name = name
  }

  private static let kind = GroupKind(group: "", kind: "Service")

  func undo() {
    for address in takenAddresses { addresses.release(address) }
    for port in takenPorts { addresses.release(port: port) }
  }

  private func invalid(_ errors: [FieldError]) -> StatusError { .invalid(Self.kind, name, errors) }

  // MARK: - Writes

  mutating func create(_ service: inout Value) throws(StatusError) {
    try settleFamilies(&service, old: nil)
    try assignAddresses(&service, from: 0)
    try assignNodePorts(&service)
    if ServiceSpec(service).needsHealthCheck { try assignHealthCheck(&service) }
  }

  mutating func update(_ service: inout Value, old: Value) throws(StatusError) {
    try settleFamilies(&service, old: old)
    let (spec, before) = (ServiceSpec(service), ServiceSpec(old))
    if before.isExternal {
      try assignAddresses(&service, from: 0)
    } else if ServiceHoldings.gainsFamily(spec, before) {
      try assignAddresses(&service, from: 1)
    }
    if spec.isOnNodes { try changeNodePorts(&service, before) }
    if spec.needsHealthCheck, !before.needsHealthCheck { try assignHealthCheck(&service) }
  }

  private func settleFamilies(_ service: inout Value, old: Value?) throws(StatusError) {
    let errors = ServiceFamilies(cluster: addresses.families).settle(&service, old: old)
    if !errors.isEmpty { throw invalid(errors) }
  }

  // MARK: - Cluster IPs

  /// Gives each family of the service its address, from a place in the list on.
  private mutating func assignAddresses(_ service: inout Value, from start: Int) throws(StatusError) {
    let spec = ServiceSpec(service)
    if spec.isExternal || spec.isHeadless { return }
    var list = spec.clusterIPs
    for (i, family) in spec.families.enumerated() where i >= start {
      while list.count <= i { list.append("") }
      if list[i].isEmpty {
        list[i] = try takeAny(family)
      } else {
        try take(list[i], of: list)
      }
    }
    guard let first = list.first else { return }
    service["spec"]?["clusterIP"] = .string(first)
    service["spec"]?["clusterIPs"] = Value(list)
  }

  private mutating func takeAny(_ family: String) throws(StatusError) -> String {
    do {
      let address = try addresses.takeAny(
        family: family, besides: records.ranges, unless: records.hasRecord)
      takenAddresses.append(address)
      return address
    } catch {
      throw .internalError(
        "failed to allocate a serviceIP for Service \(FieldError.quoted(name)): range is full")
    }
  }

  private mutating func take(_ address: String, of list: [String]) throws(StatusError) {
    do {
      try addresses.take(address, besides: records.ranges, unless: records.hasRecord)
      takenAddresses.append(address)
    } catch {
      let reason =
        error == .taken
        ? "provided IP is already allocated" : "the provided network does not match the current range"
      throw invalid([
        .invalid("spec.clusterIPs", Value(list), "failed to allocate IP \(address): \(reason)")
      ])
    }
  }

  // MARK: - Node ports

  /// The ports of a new service. Ports of the same number, for several protocols, share one node port.
  private mutating func assignNodePorts(_ service: inout Value) throws(StatusError) {
    let spec = ServiceSpec(service)
    guard spec.isOnNodes else { return }
    var ports = spec.ports
    var given: [Int64: Int64] = [:]
    for i in ports.indices {
      let asked = ports[i]["nodePort"]?.int ?? 0
      if asked == 0, !spec.allocatesNodePorts { continue }
      let number = ports[i]["port"]?.int ?? 0
      if let shared = given[number] {
        if asked == 0 {
          ports[i]["nodePort"] = .int(shared)
        } else if asked != shared {
          try take(port: asked, i)
        }
        continue
      }
      let wanted = ports.first { $0["port"]?.int == number && ($0["nodePort"]?.int ?? 0) != 0 }
      let port: Int64
      if let named = wanted?["nodePort"]?.int {
        try take(port: named, i)
        port = named
      } else {
        port = try takeAnyPort("failed to allocate a nodePort: range is full")
      }
      ports[i]["nodePort"] = .int(port)
      given[number] = port
    }
    if !ports.isEmpty { service["spec"]?["ports"] = .array(ports) }
  }

  /// The ports of a changed service, which keeps those that it has.
  private mutating func changeNodePorts(_ service: inout Value, _ before: ServiceSpec) throws(StatusError) {
    let spec = ServiceSpec(service)
    let kept = before.nodePorts
    var ports = spec.ports
    var seen: Set<String> = []
    for i in ports.indices {
      let asked = ports[i]["nodePort"]?.int ?? 0
      if asked == 0, !spec.allocatesNodePorts { continue }
      let port: Int64
      if asked != 0 {
        if !kept.contains(asked), !takenPorts.contains(asked) { try take(port: asked, i) }
        port = asked
      } else {
        port = try takeAnyPort("failed to allocate a nodePort: range is full")
        ports[i]["nodePort"] = .int(port)
      }
      let key = "{\(ports[i]["protocol"]?.string ?? "") \(port)}"
      if !seen.insert(key).inserted { throw .unexpected("duplicate nodePort: \(key)") }
    }
    if !ports.isEmpty { service["spec"]?["ports"] = .array(ports) }
  }

  private mutating func assignHealthCheck(_ service: inout Value) throws(StatusError) {
    let asked = ServiceSpec(service).healthCheckNodePort
    if asked == 0 {
      service["spec"]?["healthCheckNodePort"] = .int(
        try takeAnyPort("failed to allocate a HealthCheck NodePort 0: range is full"))
      return
    }
    do {
      try addresses.take(port: asked)
      takenPorts.append(asked)
    } catch {
      throw .internalError(
        "failed to allocate requested HealthCheck NodePort \(asked): \(refusal(error))")
    }
  }

  private func refusal(_ refusal: ServiceAddresses.Refusal) -> String {
    let range = addresses.nodePorts
    return refusal == .taken
      ? "provided port is already allocated"
      : "provided port is not in the valid range. "
        + "The range of valid ports is \(range.lowerBound)-\(range.upperBound)"
  }

  private mutating func take(port: Int64, _ index: Int) throws(StatusError) {
    do {
      try addresses.take(port: port)
      takenPorts.append(port)
    } catch {
      let path = FieldPath("spec").child("ports").index(index).child("nodePort")
      throw invalid([.invalid(path, .int(port), refusal(error))])
    }
  }

  private mutating func takeAnyPort(_ failure: String) throws(StatusError) -> Int64 {
    do {
      let port = try addresses.takeAnyPort()
      takenPorts.append(port)
      return port
    } catch {
      throw .internalError(failure)
    }
  }
}
