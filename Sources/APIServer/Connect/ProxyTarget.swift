import HTTPService
import Schema
import Store
import Values

/// Where a request to `proxy` leads: a port of a pod, a service or a node.
struct ProxyTarget: Sendable {
  /// What stands in for it; nil where nothing does.
  var answers: PortAnswers?
  var isSecure: Bool
  /// The host and the port as the real server would call them.
  var host: String
  var port: Int

  var address: String { HTTPAddress(host: host, port: port).description }
}

/// Finds where a request to `proxy` leads (the "ResourceLocation" of pods, services and nodes).
struct ProxyTargets {
  let registry: ObjectRegistry
  let scope: ResourceScope
  let namespace: String
  /// As the path has it.
  let id: String

  /// - Throws: 400, 404 and 503 in the words of the real server.
  func target() throws(StatusError) -> ProxyTarget {
    let kind = String(scope.resource.name.dropLast())
    guard let name = ProxyName(id) else {
      throw .badRequest("invalid \(kind) request \(FieldError.quoted(id))")
    }
    let object = try registry.get(scope, namespace: namespace, name: name.name).value
    switch scope.resource.name {
    case "pods": return try pod(object, name)
    case "services": return try service(object, name)
    default: return try node(object, name)
    }
  }

  private func number(_ port: String, _ name: ProxyName) throws(StatusError) -> Int {
    if port.isEmpty { return name.isSecure ? 443 : 80 }
    guard let number = UInt16(port), number > 0 else {
      throw .unavailable("error trying to reach service: dial tcp: lookup tcp/\(port): unknown port")
    }
    return Int(number)
  }

  private func pod(_ pod: Value, _ name: ProxyName) throws(StatusError) -> ProxyTarget {
    let first = (pod["spec"]?["containers"]?.array ?? []).lazy
      .compactMap { $0["ports"]?.array?.first?["containerPort"]?.int }.first
    let port = name.port.isEmpty ? first.map(String.init) ?? "" : name.port
    let ip = pod["status"]?["podIPs"]?.array?.first?["ip"]?.string ?? ""
    let answers = try PortAnswers(of: pod)
    // A pod that something stands in for needs no address of its own.
    guard answers != nil || IPAddress(ip)?.isGlobalUnicast == true else {
      throw .badRequest("address not allowed")
    }
    return ProxyTarget(
      answers: answers, isSecure: name.isSecure, host: ip.isEmpty ? "0.0.0.0" : ip,
      port: try number(port, name))
  }

  private func service(_ service: Value, _ name: ProxyName) throws(StatusError) -> ProxyTarget {
    let ports = service["spec"]?["ports"]?.array ?? []
    var portName = name.port
    if let number = Int64(name.port) {
      guard let port = ports.first(where: { $0["port"]?.int == number }) else {
        throw .unavailable("no service port \(number) found for service \(FieldError.quoted(name.name))")
      }
      portName = port["name"]?.string ?? ""
    }
    let own = ports.first { ($0["name"]?.string ?? "") == portName }
    if let answers = try PortAnswers(of: service), let own {
      return ProxyTarget(
        answers: answers, isSecure: name.isSecure, host: service["spec"]?["clusterIP"]?.string ?? "0.0.0.0",
        port: Int(own["port"]?.int ?? 80))
    }
    guard let endpoint = ServiceEndpoints(registry.store, namespace, name.name).first(portName) else {
      throw .unavailable("no endpoints available for service \(FieldError.quoted(name.name))")
    }
    let pod = endpoint.pod.flatMap { registry.store.get(.pods, ObjectKey(namespace: namespace, name: $0)) }
    return ProxyTarget(
      answers: try pod.flatMap { (pod) throws(StatusError) in try PortAnswers(of: pod.value) },
      isSecure: name.isSecure, host: endpoint.host, port: endpoint.port)
  }

  /// The types of addresses that the real server tries, best first (`--kubelet-preferred-address-types`).
  private static let addressTypes = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"]

  private func node(_ node: Value, _ name: ProxyName) throws(StatusError) -> ProxyTarget {
    let kubelet = Int(node["status"]?["daemonEndpoints"]?["kubeletEndpoint"]?["Port"]?.int ?? 10250)
    let isKubelet = name.port.isEmpty || name.port == String(kubelet)
    let addresses = node["status"]?["addresses"]?.array ?? []
    let host = Self.addressTypes.lazy.compactMap { type in
      addresses.first { $0["type"]?.string == type }?["address"]?.string
    }.first
    let answers = try PortAnswers(of: node)
    guard host != nil || answers != nil else {
      throw .unexpected("no preferred addresses found; known addresses: []")
    }
    return ProxyTarget(
      answers: answers, isSecure: isKubelet || name.isSecure, host: host ?? name.name,
      port: isKubelet ? kubelet : try number(name.port, name))
  }
}

/// The addresses behind a service, by its EndpointSlices or else its Endpoints.
struct ServiceEndpoints {
  struct Endpoint {
    var host: String
    var port: Int
    /// The pod that it is an address of.
    var pod: String?
  }

  private let store: ObjectStore
  private let namespace: String
  private let name: String

  init(_ store: ObjectStore, _ namespace: String, _ name: String) {
    self.store = store
    self.namespace = namespace
    self.name = name
  }

  /// The first ready address that has a port of that name.
  func first(_ portName: String) -> Endpoint? {
    func port(_ ports: Value?) -> Int? {
      (ports?.array ?? []).first { ($0["name"]?.string ?? "") == portName }?["port"]?.int.map { Int($0) }
    }
    func pod(_ reference: Value?) -> String? {
      reference?["kind"]?.string == "Pod" ? reference?["name"]?.string : nil
    }
    for slice in store.list(.endpointSlices, namespace: namespace).map(\.value)
    where slice["metadata"]?["labels"]?["kubernetes.io/service-name"]?.string == name {
      guard let port = port(slice["ports"]) else { continue }
      for endpoint in slice["endpoints"]?.array ?? [] where endpoint["conditions"]?["ready"]?.bool != false {
        guard let host = endpoint["addresses"]?.strings.first else { continue }
        return Endpoint(host: host, port: port, pod: pod(endpoint["targetRef"]))
      }
    }
    let endpoints = store.get(.endpoints, ObjectKey(namespace: namespace, name: name))
    for subset in endpoints?.value["subsets"]?.array ?? [] {
      guard let port = port(subset["ports"]), let address = subset["addresses"]?.array?.first,
        let host = address["ip"]?.string
      else { continue }
      return Endpoint(host: host, port: port, pod: pod(address["targetRef"]))
    }
    return nil
  }
}
