import Schema
import Values

/// What may change in a Service, and its settings of traffic from outside.
enum ServiceChangeRules {
  private static let rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges"

  static func loadBalancer(_ service: Field, _ errors: inout Findings) {
    let spec = service["spec"]
    let isBalanced = spec["type"].text == "LoadBalancer"
    let onlyText = "may only be used when `type` is 'LoadBalancer'"
    let ranges = spec["LoadBalancerSourceRanges"].with(spec["loadBalancerSourceRanges"].value)
    let annotation = service["metadata"]["annotations"].key(rangesAnnotation)
    if !ranges.isEmpty {
      if !isBalanced { errors.forbidden(ranges, onlyText) }
      for range in ranges.elements { block(range, range.text, &errors) }
    } else if annotation.isSet {
      if !isBalanced { errors.forbidden(annotation, onlyText) }
      let text = annotation.text
      if text.contains(where: { !$0.isWhitespace }) {
        for range in text.split(separator: ",", omittingEmptySubsequences: false) {
          block(annotation, String(range), &errors)
        }
      }
    }
    let allocates = spec["allocateLoadBalancerNodePorts"]
    if allocates.isSet, !isBalanced { errors.forbidden(allocates, onlyText) }
    if !allocates.isSet, isBalanced { errors.required(Field(nil, at: "allocateLoadBalancerNodePorts")) }
    let name = spec["loadBalancerClass"]
    if name.isSet {
      if isBalanced { errors.check(name, Names.qualified) } else { errors.forbidden(name, onlyText) }
    }
  }

  /// Blanks around a range are let through.
  private static func block(_ field: Field, _ text: String, _ errors: inout Findings) {
    let trimmed = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    for message in Names.addressBlock(trimmed) { errors.invalid(field, showing: .string(trimmed), message) }
  }

  private static func isExternal(_ spec: Field) -> Bool {
    ["LoadBalancer", "NodePort"].contains(spec["type"].text)
      || spec["type"].text == "ClusterIP" && !spec["externalIPs"].isEmpty
  }

  private static func needsHealthCheck(_ spec: Value?) -> Bool {
    spec?["type"]?.string == "LoadBalancer" && spec?["externalTrafficPolicy"]?.string == "Local"
  }

  static func trafficPolicies(_ spec: Field, _ errors: inout Findings) {
    let outside = spec["externalTrafficPolicy"]
    if isExternal(spec) {
      errors.requiredOneOf(outside, ["Cluster", "Local"])
    } else if outside.hasText {
      errors.invalid(outside, "may only be set for externally-accessible services")
    }
    let health = spec["healthCheckNodePort"]
    if needsHealthCheck(spec.value) {
      if health.number == 0 { errors.required(health) } else { errors.port(health) }
    } else if health.number != 0 {
      errors.invalid(
        health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
    }
    let inside = spec["internalTrafficPolicy"]
    if inside.isSet {
      errors.oneOf(inside, ["Cluster", "Local"])
    } else if ["NodePort", "LoadBalancer", "ClusterIP"].contains(spec["type"].text) {
      errors.required(inside)
    }
    if spec["trafficDistribution"].isSet {
      errors.oneOf(spec["trafficDistribution"], ["PreferClose", "PreferSameZone", "PreferSameNode"])
    }
  }

  // MARK: - Changes

  static let change: ChangeRule = { new, old, errors in
    let (spec, before) = (new["spec"], old["spec"] ?? .null)
    if spec["type"].text != "ExternalName", before["type"]?.string != "ExternalName" {
      addresses(spec, before, &errors)
      families(spec, before, &errors)
    }
    let isBalanced = spec["type"].text == "LoadBalancer"
    let name = spec["loadBalancerClass"]
    if isBalanced, before["type"]?.string == "LoadBalancer", name.value != before["loadBalancerClass"] {
      errors.invalid(name, "may not change once set")
    }
    if name.isSet {
      if isBalanced {
        errors.check(name, Names.qualified)
      } else {
        errors.forbidden(name, "may only be used when `type` is 'LoadBalancer'")
      }
    }
    if needsHealthCheck(spec.value), needsHealthCheck(before),
      spec["healthCheckNodePort"].value != before["healthCheckNodePort"]
    {
      errors.forbidden(spec["healthCheckNodePort"], Texts.immutable)
    }
  }

  private static func addresses(_ spec: Field, _ before: Value, _ errors: inout Findings) {
    if ServiceRules.isHeadless(spec.value), ServiceRules.isHeadless(before) { return }
    let field = spec["clusterIPs"]
    let (now, then) = (field.strings, before["clusterIPs"]?.strings ?? [])
    let text = "may not change once set"
    if now.count == then.count {
      for i in now.indices where now[i] != then[i] {
        errors.invalid(field.index(i), showing: Value(now), text)
      }
      return
    }
    let shown: Value = now.isEmpty ? .null : Value(now)
    if now.isEmpty { errors.invalid(field.index(0), showing: shown, "primary clusterIP can not be unset") }
    if let first = now.first, let old = then.first, first != old {
      errors.invalid(field.index(0), showing: shown, text)
    }
    if now.count == 1, then.count > 1, spec["ipFamilyPolicy"].text != "SingleStack" {
      errors.invalid(
        spec["ipFamilyPolicy"], "must be set to 'SingleStack' when releasing the secondary clusterIP")
    }
  }

  private static func families(_ spec: Field, _ before: Value, _ errors: inout Findings) {
    let isHeadless = ServiceRules.isHeadless(spec.value)
    if isHeadless || isHeadless != ServiceRules.isHeadless(before) { return }
    let field = spec["ipFamilies"]
    let (now, then) = (field.strings, before["ipFamilies"]?.strings ?? [])
    let text = "may not change once set"
    if now.count == then.count {
      for i in now.indices where now[i] != then[i] {
        errors.invalid(field.index(0), showing: Value(now), text)
      }
      return
    }
    if then.count > now.count, spec["clusterIPs"].isEmpty {
      errors.invalid(
        field.index(0), showing: now.isEmpty ? .null : Value(now), "primary ipFamily can not be unset")
    }
    if let first = now.first, let old = then.first, first != old {
      errors.invalid(field.index(0), showing: spec["clusterIPs"].value ?? .null, text)
    }
    if now.count == 1, then.count > 1, spec["ipFamilyPolicy"].text != "SingleStack" {
      errors.invalid(
        spec["ipFamilyPolicy"], "must be set to 'SingleStack' when releasing the secondary ipFamily")
    }
  }

  static let statusChange: ChangeRule = { new, old, errors in
    Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
    let field = new["status"]["loadBalancer"]["ingress"]
    if new["spec"]["type"].text != "LoadBalancer", !field.isEmpty {
      return errors.forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")
    }
    for ingress in field.elements { balancerIngress(ingress, &errors) }
  }

  private static func balancerIngress(_ ingress: Field, _ errors: inout Findings) {
    let (address, mode, host) = (ingress["ip"], ingress["ipMode"], ingress["hostname"])
    if address.hasText { errors.check(address, Names.ipAddress) }
    if !mode.isSet {
      if address.hasText { errors.required(mode, "must be specified when `ip` is set") }
    } else if !address.hasText {
      errors.forbidden(mode, "may not be specified when `ip` is not set")
    } else {
      errors.oneOf(mode, ["Proxy", "VIP"])
    }
    if host.hasText {
      errors.check(host, Names.dns1123Subdomain)
      if IPAddress(host.text) != nil { errors.invalid(host, "must be a DNS name, not an IP address") }
    }
  }
}
