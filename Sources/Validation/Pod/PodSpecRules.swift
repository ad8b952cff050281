import Schema
import Values

/// The spec of a pod as a whole, in a pod or in a template.
extension PodRules {
  static func everyContainer(_ spec: Field) -> [Field] {
    ["initContainers", "containers", "ephemeralContainers"].flatMap { spec[$0].elements }
  }

  /// - Parameter podName: the name of the pod; empty for a template.
  static func spec(_ spec: Field, podName: String, isPod: Bool, _ errors: inout Findings) {
    if !spec["terminationGracePeriodSeconds"].isSet { errors.required(spec["terminationGracePeriodSeconds"]) }
    var context = PodContext()
    context.gracePeriod = spec["terminationGracePeriodSeconds"].int
    context.operatingSystem = spec["os"].isSet ? spec["os"]["name"].text : nil
    context.restartPolicy = spec["restartPolicy"].text
    context.hostUsers = spec["hostUsers"].bool ?? true
    context.isPod = isPod
    context.claims = Set(spec["resourceClaims"].elements.map { $0["name"].text }.filter { !$0.isEmpty })
    context.volumes = volumes(spec["volumes"], podName: podName, &errors)
    resourceClaims(spec["resourceClaims"], &errors)
    containers(spec["containers"], context, &errors)
    initContainers(spec["initContainers"], regular: spec["containers"], context, &errors)
    ephemeralContainers(spec["ephemeralContainers"], spec: spec, context, &errors)
    podResources(spec, context, &errors)
    hostNetworkPorts(spec, isPod: isPod, &errors)
    errors.requiredOneOf(spec["restartPolicy"], ["Always", "OnFailure", "Never"])
    errors.requiredOneOf(spec["dnsPolicy"], ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])
    Metadata.labels(spec["nodeSelector"], &errors)
    podSecurityContext(spec, &errors)
    affinity(spec["affinity"], &errors)
    dns(spec, &errors)
    gates(spec, &errors)
    spread(spec["topologySpreadConstraints"], &errors)
    hostProcess(spec, &errors)
    hostUsers(spec, &errors)
    names(spec, &errors)
    operatingSystem(spec, &errors)
    fileVolumes(spec, &errors)
  }

  private static func names(_ spec: Field, _ errors: inout Findings) {
    hostnameOverride(spec, &errors)
    for name in ["serviceAccountName", "nodeName"] where spec[name].hasText {
      errors.check(spec[name], Names.dns1123Subdomain)
    }
    if spec["activeDeadlineSeconds"].isSet { errors.inRange(spec["activeDeadlineSeconds"], 1, 2_147_483_647) }
    for name in ["hostname", "subdomain"] where spec[name].hasText {
      errors.check(spec[name], Names.dns1123Label)
    }
    tolerations(spec["tolerations"], &errors)
    for alias in spec["hostAliases"].elements {
      errors.check(alias["ip"], Names.ipAddress)
      for name in alias["hostnames"].elements { errors.check(name, Names.dns1123Subdomain) }
    }
    if spec["priorityClassName"].hasText { errors.check(spec["priorityClassName"], Names.dns1123Subdomain) }
    if spec["runtimeClassName"].isSet { errors.check(spec["runtimeClassName"], Names.dns1123Subdomain) }
    if spec["preemptionPolicy"].isSet {
      errors.requiredOneOf(spec["preemptionPolicy"], ["PreemptLowerPriority", "Never"])
    }
    overhead(spec["overhead"], &errors)
  }

  /// What running a pod takes besides its containers. It is looked at as the limits of a container are.
  static func overhead(_ field: Field, _ errors: inout Findings) {
    guard let amounts = field.value else { return }
    resources(field.with(["limits": amounts]), PodContext(), isPodLevel: false, &errors)
  }

  private static func hostnameOverride(_ spec: Field, _ errors: inout Findings) {
    let name = spec["hostnameOverride"]
    if !name.isSet { return }
    if spec["setHostnameAsFQDN"].isTrue {
      errors.forbidden(name, "may not be specified when setHostnameAsFQDN is true")
    }
    if spec["hostNetwork"].isTrue { errors.forbidden(name, "may not be specified when hostNetwork is true") }
    if name.text.utf8.count > 64 { errors.tooLong(name, maximum: 64) }
    errors.check(name, Names.dns1123Subdomain)
  }

  private static func hostNetworkPorts(_ spec: Field, isPod: Bool, _ errors: inout Findings) {
    guard spec["hostNetwork"].isTrue else { return }
    for container in spec["containers"].elements {
      for port in container["ports"].elements {
        let host = port["hostPort"].number
        if isPod || host != 0, host != port["containerPort"].number {
          errors.invalid(
            port["hostPort"], showing: .int(host), "must match `containerPort` when `hostNetwork` is true")
        }
      }
    }
  }

  private static func resourceClaims(_ field: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for claim in field.elements {
      let name = claim["name"]
      if !name.hasText {
        errors.required(name)
      } else if !seen.insert(name.text).inserted {
        errors.duplicate(name)
      } else {
        errors.check(name, Names.dns1123Label)
      }
      let sources = ["resourceClaimName", "resourceClaimTemplateName"].filter { claim[$0].isSet }
      func fail(_ text: String) {
        errors.invalid(claim, showing: GoStruct.value(claim.value, as: "PodResourceClaim"), text)
      }
      if sources.count > 1 {
        fail("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
      } else if sources.isEmpty {
        fail("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
      }
      for source in sources { errors.check(claim[source], Names.dns1123Subdomain) }
    }
  }

  // MARK: - DNS

  private static func dns(_ spec: Field, _ errors: inout Findings) {
    let config = spec["dnsConfig"]
    let (servers, searches) = (config["nameservers"], config["searches"])
    if spec["dnsPolicy"].text == "None" {
      if !config.isSet {
        return errors.required(config, "must provide `dnsConfig` when `dnsPolicy` is None")
      }
      if servers.isEmpty {
        return errors.required(servers, "must provide at least one DNS nameserver when `dnsPolicy` is None")
      }
    }
    if servers.count > 3 { errors.invalid(servers, "must not have more than 3 nameservers") }
    for server in servers.elements { errors.check(server, Names.ipAddress) }
    if searches.count > 32 { errors.invalid(searches, "must not have more than 32 search paths") }
    if searches.strings.joined(separator: " ").utf8.count > 2048 {
      errors.invalid(
        searches, "must not have more than 2048 characters (including spaces) in the search list")
    }
    for search in searches.elements where search.text != "." {
      let text = search.text.hasSuffix(".") ? String(search.text.dropLast()) : search.text
      errors.check(search.with(.string(text)), Names.subdomainWithUnderscores)
    }
    for option in config["options"].elements where !option["name"].hasText {
      errors.required(option, "must not be empty")
    }
  }
}

extension Names {
  private static let underscoreLabel = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
  private static let underscoreText = described(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
      + "and must start and end with an alphanumeric character", "\(underscoreLabel)(\\.\(underscoreLabel))*",
    ["example.com"])

  /// A search domain, whose labels may hold underscores (KEP-4427).
  static func subdomainWithUnderscores(_ text: String) -> [String] {
    var faults: [String] = []
    if text.utf8.count > 253 { faults.append("must be no more than 253 characters") }
    let isGood = text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      let inner = label.hasPrefix("_") ? label.dropFirst() : label
      return Characters.isLabel(String(inner.map { $0 == "_" ? "-" : $0 })[...])
    }
    if !isGood { faults.append(underscoreText) }
    return faults
  }
}
