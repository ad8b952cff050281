import HTTPService
import Schema
import Values

/// Finds the address behind a service that a webhook or an extension server is named by.
///
/// No network runs behind this server, so that cluster IPs lead nowhere: a service stands for the addresses of
/// its EndpointSlices, else of its Endpoints (Kubernetes documentation, "Service", "EndpointSlices").
public struct ServiceResolver: Sendable {
  /// Why a service has no address, in the words of the real server.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var description: String
  }

  private let get: @Sendable (_ resource: GroupResource, _ namespace: String, _ name: String) -> Value?
  private let list: @Sendable (_ resource: GroupResource, _ namespace: String) -> [Value]

  /// - Parameters:
  ///   - get: an object as it is stored now; nil where there is none.
  ///   - list: all objects of a resource in a namespace.
  public init(
    get: @escaping @Sendable (_ resource: GroupResource, _ namespace: String, _ name: String) -> Value?,
    list: @escaping @Sendable (_ resource: GroupResource, _ namespace: String) -> [Value]
  ) {
    self.get = get
    self.list = list
  }

  /// - Parameter port: one of the service's own ports.
  /// - Throws: ``Failure`` where there is no such service, no such port or no ready address.
  public func resolve(namespace: String, name: String, port: Int) throws(Failure) -> HTTPAddress {
    guard let service = get(GroupResource(group: "", resource: "services"), namespace, name) else {
      throw Failure(description: "service \(FieldError.quoted(name)) not found")
    }
    let spec = service["spec"]
    if spec?["type"]?.string == "ExternalName" {
      return HTTPAddress(host: spec?["externalName"]?.string ?? "", port: port)
    }
    guard let entry = (spec?["ports"]?.array ?? []).first(where: { $0["port"]?.int == Int64(port) }) else {
      throw Failure(
        description: "no service port \(port) found for service \(FieldError.quoted(name))")
    }
    let portName = entry["name"]?.string ?? ""
    if let address = sliceAddress(namespace, name, portName) ?? endpointsAddress(namespace, name, portName) {
      return address
    }
    throw Failure(description: "no endpoints available for service \(FieldError.quoted(name))")
  }

  private func sliceAddress(_ namespace: String, _ name: String, _ portName: String) -> HTTPAddress? {
    for slice in list(GroupResource(group: "discovery.k8s.io", resource: "endpointslices"), namespace)
    where slice["metadata"]?["labels"]?["kubernetes.io/service-name"]?.string == name {
      guard let port = Self.port(slice["ports"], portName) else { continue }
      for endpoint in slice["endpoints"]?.array ?? [] where endpoint["conditions"]?["ready"]?.bool != false {
        if let host = endpoint["addresses"]?.strings.first { return HTTPAddress(host: host, port: port) }
      }
    }
    return nil
  }

  private func endpointsAddress(_ namespace: String, _ name: String, _ portName: String) -> HTTPAddress? {
    let endpoints = get(GroupResource(group: "", resource: "endpoints"), namespace, name)
    for subset in endpoints?["subsets"]?.array ?? [] {
      guard let port = Self.port(subset["ports"], portName),
        let host = subset["addresses"]?.array?.first?["ip"]?.string
      else { continue }
      return HTTPAddress(host: host, port: port)
    }
    return nil
  }

  private static func port(_ ports: Value?, _ name: String) -> Int? {
    let port = (ports?.array ?? []).first { ($0["name"]?.string ?? "") == name }?["port"]?.int
    return port.flatMap { (1...65_535).contains($0) ? Int($0) : nil }
  }
}
