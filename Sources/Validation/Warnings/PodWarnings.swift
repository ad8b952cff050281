import Schema
import Values

/// Warnings about pods and templates of pods (pkg/api/pod/warnings.go).
enum PodWarnings {
  static func pod(_ pod: Field, _ warnings: inout [String]) {
    podAndMetadata(pod, isTemplate: false, &warnings)
  }

  static func template(_ template: Field, _ warnings: inout [String]) {
    podAndMetadata(template, isTemplate: true, &warnings)
  }

  private static let goneAnnotations = [
    (
      "scheduler.alpha.kubernetes.io/critical-pod",
      "non-functional in v1.16+; use the \"priorityClassName\" field instead"
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    (
      "security.alpha.kubernetes.io/unsafe-sysctls",
      "non-functional in v1.11+; use the \"sysctls\" field instead"
    ),
  ]

  private static func podAndMetadata(_ pod: Field, isTemplate: Bool, _ warnings: inout [String]) {
    let (spec, annotations) = (pod["spec"], pod["metadata"]["annotations"])
    scheduling(spec, &warnings)
    for (name, text) in goneAnnotations where annotations.key(name).isSet {
      warnings.append("\(annotations.key(name).path): \(text)")
    }
    for volume in spec["volumes"].elements {
      StorageWarnings.plugins(volume, &warnings)
      let claim = volume["ephemeral"]["volumeClaimTemplate"]["spec"]
      StorageWarnings.claimSpec(claim, at: claim.path, &warnings)
    }
    VolumePathWarnings.overlaps(spec["volumes"], &warnings)
    repeats(spec["hostAliases"], "ip", &warnings)
    repeats(spec["imagePullSecrets"], "name", &warnings)
    for secret in spec["imagePullSecrets"].elements where !secret["name"].hasText {
      warnings.append("\(secret["name"].path): invalid empty name \"\"")
    }
    fractions(spec["overhead"], &warnings)
    profiles(spec, annotations, isTemplate: isTemplate, &warnings)
    ports(containers(spec), &warnings)
    if spec["terminationGracePeriodSeconds"].number < 0 {
      warnings.append(
        "\(spec["terminationGracePeriodSeconds"].path): must be >= 0; "
          + "negative values are invalid and will be treated as 1")
    }
    affinity(spec["affinity"], &warnings)
    for server in spec["dnsConfig"]["nameservers"].elements { NetworkWarnings.canonical(server, &warnings) }
    for alias in spec["hostAliases"].elements { NetworkWarnings.canonical(alias["ip"], &warnings) }
  }

  /// The containers in the order in which the real server visits them.
  private static func containers(_ spec: Field) -> [Field] {
    ["initContainers", "containers", "ephemeralContainers"].flatMap { spec[$0].elements }
  }

  // MARK: - Scheduling

  private static func scheduling(_ spec: Field, _ warnings: inout [String]) {
    NodeLabelWarnings.selector(spec["nodeSelector"], &warnings)
    let nodes = spec["affinity"]["nodeAffinity"]
    for term in nodes["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].elements {
      NodeLabelWarnings.term(term, &warnings)
    }
    for term in nodes["preferredDuringSchedulingIgnoredDuringExecution"].elements {
      NodeLabelWarnings.term(term["preference"], isPreference: true, &warnings)
    }
    for constraint in spec["topologySpreadConstraints"].elements {
      NodeLabelWarnings.key(constraint["topologyKey"], &warnings)
      nullSelector(constraint, &warnings)
    }
  }

  private static func affinity(_ affinity: Field, _ warnings: inout [String]) {
    for kind in ["podAffinity", "podAntiAffinity"] {
      for term in affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"].elements {
        nullSelector(term, &warnings)
      }
      for term in affinity[kind]["preferredDuringSchedulingIgnoredDuringExecution"].elements {
        nullSelector(term["podAffinityTerm"], &warnings)
      }
    }
  }

  private static func nullSelector(_ term: Field, _ warnings: inout [String]) {
    if term["labelSelector"].isSet { return }
    warnings.append("\(term["labelSelector"].path): a null labelSelector results in matching no pod")
  }

  private static func repeats(_ list: Field, _ name: String, _ warnings: inout [String]) {
    var seen: Set<String> = []
    for field in list.elements.map({ $0[name] }) where !seen.insert(field.text).inserted {
      warnings.append("\(field.path): duplicate \(name) \(FieldError.quoted(field.text))")
    }
  }

  // MARK: - Containers

  private static func profiles(
    _ spec: Field, _ annotations: Field, isTemplate: Bool, _ warnings: inout [String]
  ) {
    let security = spec["securityContext"]
    func seccomp(_ name: String, _ context: Field) {
      let field = annotations.key(name)
      if context["seccompProfile"].isSet || !field.isSet { return }
      warnings.append("\(field.path): non-functional in v1.27+; use the \"seccompProfile\" field instead")
    }
    seccomp("seccomp.security.alpha.kubernetes.io/pod", security)
    for container in containers(spec) {
      let (name, context) = (container["name"].text, container["securityContext"])
      seccomp("container.seccomp.security.alpha.kubernetes.io/\(name)", context)
      let armor = annotations.key("container.apparmor.security.beta.kubernetes.io/\(name)")
      let hasField = security["appArmorProfile"].isSet || context["appArmorProfile"].isSet
      // The field of a pod is filled from its annotation before it gets here.
      if armor.isSet, !isTemplate || !hasField {
        warnings.append("\(armor.path): deprecated since v1.30; use the \"appArmorProfile\" field instead")
      }
      for name in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
          StorageWarnings.fraction(container["resources"][list].key(name), &warnings)
        }
      }
      environment(container["env"], &warnings)
    }
  }

  private static func fractions(_ list: Field, _ warnings: inout [String]) {
    for name in ["memory", "ephemeral-storage"] { StorageWarnings.fraction(list.key(name), &warnings) }
  }

  /// A variable that is set twice, unless the second value builds on the first.
  private static func environment(_ list: Field, _ warnings: inout [String]) {
    var seen: Set<String> = []
    for variable in list.elements {
      let (name, value) = (variable["name"].text, variable["value"].text)
      if seen.insert(name).inserted { continue }
      let reference = "$(\(name))"
      if variable["valueFrom"].isSet || value == reference || !value.contains(reference) {
        warnings.append(
          "\(variable.path): hides previous definition of \(FieldError.quoted(name)), "
            + "which may be dropped when using apply")
      }
    }
  }

  // MARK: - Ports

  private static func ports(_ containers: [Field], _ warnings: inout [String]) {
    let all = containers.flatMap { $0["ports"].elements }
    var others: [String: [Field]] = [:]
    for port in all {
      let (address, number) = (port["hostIP"].text, port["hostPort"].number)
      let key = "\(port["containerPort"].number)/\(port["protocol"].text)"
      if !address.isEmpty, number == 0 {
        warnings.append("\(port.path): hostIP set without hostPort: \(goText(port))")
      }
      for other in others[key] ?? [] {
        let (otherAddress, otherNumber) = (other["hostIP"].text, other["hostPort"].number)
        if address == otherAddress, number == otherNumber {
          warnings.append("\(port.path): duplicate port definition with \(other.path)")
        } else if number == 0 || otherNumber == 0 {
          warnings.append("\(port.path): overlapping port definition with \(other.path)")
        } else if number == otherNumber, address.isEmpty != otherAddress.isEmpty {
          warnings.append("\(port.path): dangerously ambiguous port definition with \(other.path)")
        }
      }
      others[key, default: []].append(port)
    }
    var names: [String: Field] = [:]
    for port in all where port["name"].hasText {
      guard let other = names[port["name"].text] else {
        names[port["name"].text] = port
        continue
      }
      warnings.append(
        "\(port.path): duplicate port name \(FieldError.quoted(port["name"].text)) with \(other.path), "
          + "services and probes that select ports by name will use \(other.path)")
    }
  }

  /// How Go prints the struct.
  private static func goText(_ port: Field) -> String {
    "{Name:\(port["name"].text) HostPort:\(port["hostPort"].number) "
      + "ContainerPort:\(port["containerPort"].number) Protocol:\(port["protocol"].text) "
      + "HostIP:\(port["hostIP"].text)}"
  }
}
