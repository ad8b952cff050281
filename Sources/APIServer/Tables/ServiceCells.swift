import Values

/// Rows of services and of the endpoints behind them.
enum ServiceCells {
  static let makers: [String: CellMaker] = [
    "services": CellRule.row(
      .name, .text("spec.type"), .computed(clusterIP), .computed(externalIP), .computed(ports), .age,
      .labels("spec.selector")),
    "endpoints": CellRule.row(.name, .computed(endpoints), .age),
    "endpointslices.discovery.k8s.io": CellRule.row(
      .name, .text("addressType"), .computed(slicePorts), .computed(sliceAddresses), .age),
  ]

  // MARK: - Services

  private static func clusterIP(_ service: ObjectReader) -> String {
    let first = service.at("spec.clusterIPs").value?.strings.first
    return first ?? service.at("spec.clusterIP").text(orEmpty: "<none>")
  }

  private static func externalIP(_ service: ObjectReader) -> String {
    let external = service.at("spec.externalIPs").joined
    switch service.at("spec.type").text {
    case "ClusterIP", "NodePort": return external.isEmpty ? "<none>" : external
    case "LoadBalancer":
      let all = [loadBalancerAddresses(service), external].filter { !$0.isEmpty }
      return all.isEmpty ? "<pending>" : all.joined(separator: ",")
    case "ExternalName": return service.at("spec.externalName").text
    default: return "<unknown>"
    }
  }

  /// The addresses of `status.loadBalancer`, sorted, each once.
  static func loadBalancerAddresses(_ object: ObjectReader) -> String {
    let all = object.at("status.loadBalancer.ingress").items.map { entry in
      entry["ip"].text(orEmpty: entry["hostname"].text)
    }
    return Set(all).subtracting([""]).sorted(by: ObjectReader.precedes).joined(separator: ",")
  }

  private static func ports(_ service: ObjectReader) -> String {
    let ports = service.at("spec.ports").items.map { port in
      let node = port["nodePort"].integer
      return "\(port["port"].integer)\(node > 0 ? ":\(node)" : "")/\(port["protocol"].text)"
    }
    return ports.isEmpty ? "<none>" : ports.joined(separator: ",")
  }

  // MARK: - Endpoints

  private static func endpoints(_ object: ObjectReader) -> String {
    let subsets = object["subsets"].items
    if subsets.isEmpty { return "<none>" }
    var list: [String] = []
    var total = 0
    for subset in subsets {
      let addresses = subset["addresses"].items
      // One more than is shown, to tell that there are more.
      let first = addresses.prefix(LimitedList.shown + 1).map { $0["ip"].text }
      let ports = subset["ports"].items
      if ports.isEmpty { list += first }
      for port in ports where list.count <= LimitedList.shown {
        list += first.map { hostPort($0, port["port"].integer) }
      }
      let (count, overflow) = addresses.count.multipliedReportingOverflow(by: max(ports.count, 1))
      total = overflow ? total : total &+ count
    }
    return LimitedList.text(list, total: total)
  }

  private static func hostPort(_ host: String, _ port: Int64) -> String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private static func slicePorts(_ slice: ObjectReader) -> String {
    let ports = slice["ports"].items.map { port in
      port["port"].exists ? String(port["port"].integer) : port["name"].text(orMissing: "*")
    }
    return LimitedList.text(ports, empty: "<unset>")
  }

  private static func sliceAddresses(_ slice: ObjectReader) -> String {
    let addresses = slice["endpoints"].items.flatMap { $0["addresses"].value?.strings ?? [] }
    return LimitedList.text(addresses, empty: "<unset>")
  }
}
