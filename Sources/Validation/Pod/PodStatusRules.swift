import Schema
import Values

/// What may change in the status of a pod.
enum PodStatusRules {
  static let change: ChangeRule = { new, old, errors in
    PodRules.rules.metadataUpdate(new, old, &errors)
    PodRules.annotationChange(new, old, &errors)
    let status = new["status"]
    conditions(status["conditions"], &errors)
    if new["spec"]["nodeName"].text != old["spec"]?["nodeName"]?.string ?? "" {
      errors.forbidden(status["nodeName"], "may not be changed directly")
    }
    let nominated = status["nominatedNodeName"]
    if nominated.hasText, nominated.text != old["status"]?["nominatedNodeName"]?.string {
      errors.check(nominated, Names.dns1123Subdomain)
    }
    if status["observedGeneration"].number < 0 {
      errors.invalid(status["observedGeneration"], "must be a non-negative integer")
    }
    if status["qosClass"].text != old["status"]?["qosClass"]?.string ?? "" {
      errors.invalidText(status["qosClass"], Texts.immutable)
    }
    for name in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
      transitions(status[name], old["status"]?[name]?.array ?? [], name, old["spec"] ?? .null, &errors)
    }
    claims(status["resourceClaimStatuses"], new["spec"]["resourceClaims"], &errors)
    addresses(status["podIPs"], &errors)
    hostAddresses(status, &errors)
  }

  private static func conditions(_ field: Field, _ errors: inout Findings) {
    for condition in field.elements {
      if condition["observedGeneration"].number < 0 {
        errors.invalid(condition["observedGeneration"], "must be a non-negative integer")
      }
      if ["PodScheduled", "Ready", "Initialized"].contains(condition["type"].text) { continue }
      errors.check(condition["Type"].with(condition["type"].value), Names.qualified)
    }
  }

  /// A container that has ended for good does not run again.
  private static func transitions(
    _ new: Field, _ old: [Value], _ name: String, _ spec: Value, _ errors: inout Findings
  ) {
    let isEphemeral = name == "ephemeralContainerStatuses"
    let containers = spec[name == "initContainerStatuses" ? "initContainers" : "containers"]?.array ?? []
    for (i, before) in old.enumerated() {
      guard let ended = before["state"]?["terminated"],
        let after = new.elements.first(where: { $0["name"].value == before["name"] }),
        !after["state"]["terminated"].isSet
      else { continue }
      let container = containers.first { $0["name"] == before["name"] }
      let policy = container?["restartPolicy"]?.string ?? spec["restartPolicy"]?.string
      let mayRestart = policy == "Always" || policy == "OnFailure" && ended["exitCode"]?.int ?? 0 != 0
      if isEphemeral || container == nil || !mayRestart {
        errors.forbidden(new.index(i)["state"], "may not be transitioned to non-terminated state")
      }
    }
  }

  private static func claims(_ field: Field, _ claims: Field, _ errors: inout Findings) {
    let known = Set(claims.elements.map { $0["name"].text })
    var seen: Set<String> = []
    for status in field.elements {
      let name = status["name"]
      if !known.contains(name.text) {
        errors.invalidText(name, "must match the name of an entry in `spec.resourceClaims`")
      }
      if !seen.insert(name.text).inserted { errors.duplicate(name) }
      if status["resourceClaimName"].isSet {
        errors.check(status["resourceClaimName"], Names.dns1123Subdomain)
      }
    }
  }

  private static func addresses(_ field: Field, _ errors: inout Findings) {
    for address in field.elements {
      errors.check(address.with(.string(address["ip"].text)), Names.ipAddress)
    }
    let families = field.elements.compactMap { IPAddress($0["ip"].text)?.isIPv4 }
    if field.count > 1, families.count != 2 || families[0] == families[1] {
      errors.invalid(
        field, showing: .array(field.elements.map { ["IP": .string($0["ip"].text)] }),
        "may specify no more than one IP for each IP family")
    }
  }

  private static func hostAddresses(_ status: Field, _ errors: inout Findings) {
    let field = status["hostIPs"]
    guard let first = field.elements.first else { return }
    if first["ip"].text != status["hostIP"].text {
      errors.invalidText(first["ip"], "must be equal to `hostIP`")
    }
    addresses(field, &errors)
  }
}
