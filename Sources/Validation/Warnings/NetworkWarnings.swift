import Schema
import Values

/// Warnings about Services, their endpoints, Ingresses and NetworkPolicies.
enum NetworkWarnings {
  static let service: WarningRule = { new, _, warnings in
    let spec = new["spec"]
    let type = spec["type"].text
    if new["metadata"]["annotations"].key("service.kubernetes.io/topology-aware-hints").isSet {
      warnings.append(
        "annotation service.kubernetes.io/topology-aware-hints is deprecated, "
          + "please use service.kubernetes.io/topology-mode instead")
    }
    for address in spec["clusterIPs"].elements { canonical(address, &warnings) }
    let external = spec["externalIPs"]
    if type == "ClusterIP", spec["clusterIP"].text == "None" {
      if spec["loadBalancerIP"].hasText {
        warnings.append("spec.loadBalancerIP is ignored for headless services")
      }
      if !external.isEmpty { warnings.append("spec.externalIPs is ignored for headless services") }
      if spec["sessionAffinity"].text == "ClientIP" {
        warnings.append("spec.SessionAffinity is ignored for headless services")
      }
    }
    if !external.isEmpty { warnings.append("spec.externalIPs is deprecated") }
    for address in external.elements { canonical(address, &warnings) }
    canonical(spec["loadBalancerIP"], &warnings)
    for block in spec["loadBalancerSourceRanges"].elements { canonicalBlock(block, &warnings) }
    if type == "ExternalName", !external.isEmpty {
      warnings.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
    }
    if type != "ExternalName", spec["externalName"].hasText {
      warnings.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
    }
    if spec["trafficDistribution"].text == "PreferClose" {
      warnings.append("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
    }
  }

  static let endpoints: WarningRule = { new, _, warnings in
    warnings.append("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
    for subset in new["subsets"].elements {
      for list in ["addresses", "notReadyAddresses"] {
        for address in subset[list].elements { canonical(address["ip"], &warnings) }
      }
    }
  }

  static let endpointSlice: WarningRule = { new, _, warnings in
    if new["addressType"].text == "FQDN" {
      warnings.append("spec.addressType: FQDN endpoints are deprecated")
      return
    }
    for endpoint in new["endpoints"].elements {
      for address in endpoint["addresses"].elements { canonical(address, &warnings) }
    }
  }

  static let ingress: WarningRule = { new, old, warnings in
    guard old == nil, new["metadata"]["annotations"].key("kubernetes.io/ingress.class").isSet else { return }
    warnings.append(
      "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead")
  }

  static let networkPolicy: WarningRule = { new, _, warnings in
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
      for rule in new["spec"][rules].elements {
        for peer in rule[peers].elements {
          canonicalBlock(peer["ipBlock"]["cidr"], &warnings)
          for except in peer["ipBlock"]["except"].elements { canonicalBlock(except, &warnings) }
        }
      }
    }
  }

  // MARK: - Addresses

  /// IPv6 addresses should be written as RFC 5952 says.
  static func canonical(_ field: Field, _ warnings: inout [String]) {
    guard let address = IPAddress(field.text), address.bytes.count == 16, address.description != field.text
    else { return }
    warnings.append(
      "\(field.path): IPv6 address \(FieldError.quoted(field.text)) should be in RFC 5952 canonical format "
        + "(\(FieldError.quoted(address.description)))")
  }

  static func canonicalBlock(_ field: Field, _ warnings: inout [String]) {
    guard let block = AddressBlock(field.text), block.address.bytes.count == 16 else { return }
    let canonical = "\(block.address)/\(block.prefix)"
    if canonical == field.text { return }
    warnings.append(
      "\(field.path): IPv6 CIDR value \(FieldError.quoted(field.text)) should be in RFC 5952 canonical format "
        + "(\(FieldError.quoted(canonical)))")
  }
}
