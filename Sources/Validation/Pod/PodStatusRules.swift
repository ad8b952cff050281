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
    nomination(status["nominatedNodeName"], old, &errors)
    if status["observedGeneration"].number < 0 {
      errors.invalid(status["observedGeneration"], "must be a non-negative integer")
    }
    if status["qosClass"].text != old["status"]?["qosClass"]?.string ?? "" {
      errors.invalidText(status["qosClass"], Texts.immutable)
    }
    let mayAllRestart = allMayRestart(old["spec"] ?? .null)
    for (name, containers) in lists {
      if mayAllRestart, containers != "ephemeralContainers" { continue }
      transitions(
        status[name], old["status"]?[name]?.array ?? [], containers, old["spec"] ?? .null, &errors)
    }
    claims(status["resourceClaimStatuses"], new["spec"]["resourceClaims"], &errors)
    PodClaimStatusRules.extended(status["extendedResourceClaimStatus"], new["spec"], &errors)
    addresses(status["podIPs"], &errors)
    hostAddresses(status, &errors)
    ContainerStatusRules.validate(status, new["spec"], &errors)
  }

  /// The lists of statuses, and of the containers that they tell of.
  static let lists = [
    ("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"),
    ("ephemeralContainerStatuses", "ephemeralContainers"),
  ]

  private static func nomination(_ field: Field, _ old: Value, _ errors: inout Findings) {
    guard field.hasText, field.text != old["status"]?["nominatedNodeName"]?.string else { return }
    errors.check(field, Names.dns1123Subdomain)
    if !(old["spec"]?["nodeName"]?.string ?? "").isEmpty {
      errors.forbidden(field, "may not be set on pods that are already bound to a node")
    }
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

  // MARK: - Containers that ended

  /// Whether the end of one container may restart all of them (KEP-5532).
  private static func allMayRestart(_ spec: Value) -> Bool {
    ["containers", "initContainers"].contains { list in
      (spec[list]?.array ?? []).contains { container in
        (container["restartPolicyRules"]?.array ?? []).contains {
          $0["action"]?.string == "RestartAllContainers"
        }
      }
    }
  }

  /// A container that has ended for good does not run again.
  private static func transitions(
    _ new: Field, _ old: [Value], _ list: String, _ spec: Value, _ errors: inout Findings
  ) {
    let containers = list == "ephemeralContainers" ? [] : spec[list]?.array ?? []
    for (i, before) in old.enumerated() {
      guard let ended = before["state"]?["terminated"],
        let after = new.elements.first(where: { $0["name"].value == before["name"] }),
        !after["state"]["terminated"].isSet
      else { continue }
      let container = containers.first { $0["name"] == before["name"] }
      if container.map({ restarts($0, spec, ended["exitCode"]?.int ?? 0) }) != true {
        errors.forbidden(new.index(i)["state"], "may not be transitioned to non-terminated state")
      }
    }
  }

  /// Whether a container that ended with the code runs again: by its rules, its policy or the pod's (KEP-5307).
  private static func restarts(_ container: Value, _ spec: Value, _ code: Int64) -> Bool {
    if container["restartPolicy"]?.string != nil {
      for rule in container["restartPolicyRules"]?.array ?? [] where rule["action"]?.string == "Restart" {
        guard let codes = rule["exitCodes"] else { continue }
        let isListed = (codes["values"]?.array ?? []).contains { $0.int == code }
        if isListed == (codes["operator"]?.string == "In") { return true }
      }
    }
    switch container["restartPolicy"]?.string ?? spec["restartPolicy"]?.string {
    case "Always": return true
    case "OnFailure": return code != 0
    default: return false
    }
  }

  // MARK: - Claims and addresses

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

/// What a pod's status tells of claims that were made for it (KEP-5004).
enum PodClaimStatusRules {
  static func extended(_ status: Field, _ spec: Field, _ errors: inout Findings) {
    if !status.isSet { return }
    let mappings = status["requestMappings"]
    if mappings.isEmpty { errors.required(mappings, "at least one request mapping is required") }
    var containers: [String: Field] = [:]
    for list in ["initContainers", "containers"] {
      for container in spec[list].elements { containers[container["name"].text] = container }
    }
    var seen: Set<[String]> = []
    for mapping in mappings.elements {
      let (container, resource) = (mapping["containerName"], mapping["resourceName"])
      if let known = containers[container.text] {
        if known["resources"]["requests"].value?[resource.text] == nil {
          errors.invalidText(
            resource,
            "must match the extended resource name of an entry in spec.initContainers.resources.requests "
              + "or spec.containers.resources.requests")
        }
      } else {
        errors.invalidText(
          container, "must match the name of an entry in spec.initContainers.name or spec.containers.name")
      }
      let request = status["requestName"].with(.string(mapping["requestName"].text))
      errors.check(request, Names.dns1123Label)
      if !seen.insert([container.text, resource.text, request.text]).inserted {
        for part in [container, resource, mapping["requestName"]] {
          errors.duplicate(part, .string(part.text))
        }
      }
    }
    errors.checkRequired(status["resourceClaimName"], "", Names.dns1123Subdomain)
  }
}
