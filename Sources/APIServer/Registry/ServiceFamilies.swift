import Schema
import Validation
import Values

/// The families and their policy of a Service, on a cluster with one range of addresses or two (Kubernetes
/// documentation, "IPv4/IPv6 dual-stack"; pkg/registry/core/service/storage/alloc.go).
struct ServiceFamilies {
  /// Those of the cluster, the default one first.
  let cluster: [String]

  private static let policyPath: FieldPath = "spec.ipFamilyPolicy"

  /// Sets `ipFamilyPolicy` and `ipFamilies` of a service that has none or too few.
  /// - Returns: why what it asks for can't be had; the service is then of no use.
  func settle(_ service: inout Value, old: Value?) -> [FieldError] {
    let spec = ServiceSpec(service)
    let before = old.map { ServiceSpec($0) }
    // What prefers two families is neither given nor denied the second one when the cluster changes.
    if spec.isExternal || Self.keepsPreference(spec, before) { return [] }
    let policy = spec.policy ?? before?.policy ?? Self.defaultPolicy(spec)
    service["spec"]?["ipFamilyPolicy"] = .string(policy)

    var errors = ObjectValidator.serviceAddresses(service)
    if !errors.isEmpty { return errors }
    if let before {
      if policy == "SingleStack" {
        Self.dropSecond(&service, before)
      } else {
        errors += Self.reductions(spec, before, policy)
      }
    }
    errors += infer(&service, policy)
    if !errors.isEmpty { return errors }

    let settled = ServiceSpec(service)
    var families = settled.families
    // Nobody gives it addresses, so that it may have any family.
    if settled.clusterIP == "None", !settled.hasSelector {
      if families.isEmpty { families = Array(cluster.prefix(1)) }
      if families.count == 1, policy != "SingleStack" { families.append(Self.other(families[0])) }
      service["spec"]?["ipFamilies"] = Value(families)
      return []
    }
    if policy == "RequireDualStack", cluster.count < 2 {
      errors.append(
        .invalid(
          Self.policyPath, .string(policy), "this cluster is not configured for dual-stack services"))
    }
    for (i, family) in families.enumerated() where !cluster.contains(family) {
      errors.append(
        .invalid(FieldPath("spec.ipFamilies").index(i), .string(family), "not configured on this cluster"))
    }
    if !errors.isEmpty { return errors }
    if families.isEmpty { families = Array(cluster.prefix(1)) }
    if policy != "SingleStack", families.count == 1, cluster.count == 2 {
      families.append(Self.other(families[0]))
    }
    service["spec"]?["ipFamilies"] = Value(families)
    return []
  }

  private static func other(_ family: String) -> String { family == "IPv4" ? "IPv6" : "IPv4" }

  private static func keepsPreference(_ spec: ServiceSpec, _ before: ServiceSpec?) -> Bool {
    guard let before, spec.policy == "PreferDualStack", before.policy == nil || before.policy == spec.policy
    else { return false }
    return spec.type == before.type && spec.clusterIPs == before.clusterIPs
      && spec.families == before.families
  }

  private static func defaultPolicy(_ spec: ServiceSpec) -> String {
    spec.clusterIP == "None" && !spec.hasSelector ? "RequireDualStack" : "SingleStack"
  }

  /// The policy alone says that the second address and family are to go.
  private static func dropSecond(_ service: inout Value, _ before: ServiceSpec) {
    let spec = ServiceSpec(service)
    if spec.clusterIPs == before.clusterIPs, spec.clusterIPs.count > 1 {
      service["spec"]?["clusterIPs"] = Value(Array(spec.clusterIPs.prefix(1)))
    }
    if spec.families == before.families, spec.families.count > 1 {
      service["spec"]?["ipFamilies"] = Value(Array(spec.families.prefix(1)))
    }
  }

  private static func reductions(
    _ spec: ServiceSpec, _ before: ServiceSpec, _ policy: String
  ) -> [FieldError] {
    var errors: [FieldError] = []
    let lists = [
      (spec.clusterIPs, before.clusterIPs, "cluster IP"), (spec.families, before.families, "IP family"),
    ]
    for (now, then, name) in lists where !now.isEmpty && now.count < then.count {
      errors.append(
        .invalid(policyPath, .string(policy), "must be 'SingleStack' to release the secondary \(name)"))
    }
    return errors
  }

  /// Takes the families of the addresses that are given.
  private func infer(_ service: inout Value, _ policy: String) -> [FieldError] {
    let spec = ServiceSpec(service)
    var errors: [FieldError] = []
    if policy == "SingleStack" {
      for (list, name) in [(spec.clusterIPs, "cluster IPs"), (spec.families, "IP families")]
      where list.count == 2 {
        errors.append(
          .invalid(
            Self.policyPath, .string(policy),
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple \(name) are specified"))
      }
    }
    var families = spec.families
    for (i, address) in spec.clusterIPs.enumerated() {
      if address == "None" { break }
      guard i >= families.count else { continue }
      let family = ServiceSpec.family(of: address)
      if cluster.contains(family) {
        families.append(family)
      } else {
        errors.append(
          .invalid(
            FieldPath("spec.clusterIPs").index(i), Value(spec.clusterIPs),
            "\(family) is not configured on this cluster"))
      }
    }
    if families != spec.families { service["spec"]?["ipFamilies"] = Value(families) }
    return errors
  }
}
