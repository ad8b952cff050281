import Schema
import Values

/// Small kinds: priorities, runtimes, leases and the like.
enum ClusterKinds {
  static let table: [String: KindRules] = [
    "scheduling.k8s.io/PriorityClass": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        priority(object, &errors)
        if object["preemptionPolicy"].isSet {
          errors.requiredOneOf(object["preemptionPolicy"], ["PreemptLowerPriority", "Never"])
        }
      },
      change: { new, old, errors in
        if new["value"].number != old["value"]?.int ?? 0 {
          errors.forbidden(new["value"], "may not be changed in an update.")
        }
        errors.immutable(new["preemptionPolicy"], old["preemptionPolicy"])
      },
      steps: [.metadataUpdate, .change]),
    "node.k8s.io/RuntimeClass": KindRules(
      content: { object, errors in
        errors.check(object["handler"], Names.dns1123Label)
        PodRules.overhead(object["overhead"].with(object["overhead"]["podFixed"].value), &errors)
        Metadata.labels(object["scheduling"]["nodeSelector"], &errors)
        PodRules.tolerations(object["scheduling"]["tolerations"], &errors)
      },
      change: { new, old, errors in errors.immutable(new["handler"], old["handler"]) },
      steps: [.metadata, .content, .metadataUpdate, .change]),
    "coordination.k8s.io/Lease": KindRules(
      checksFinalizers: true, content: { object, errors in lease(object["spec"], &errors) },
      steps: [.metadataUpdate, .content]),
    "apiregistration.k8s.io/APIService": KindRules(
      skipsMetadata: true, content: apiService,
      change: { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: false, &errors)
        apiService(new, &errors)
      },
      steps: [.change]),
  ]

  // MARK: - Priorities

  private static let system: [String: Int64] = [
    "system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000,
  ]
  private static let highestValue: Int64 = 1_000_000_000

  private static func priority(_ object: Field, _ errors: inout Findings) {
    let (name, value) = (object["metadata"]["name"], object["value"])
    guard name.text.hasPrefix("system-") else {
      if value.number > highestValue {
        errors.forbidden(value, "maximum allowed value of a user defined priority is \(highestValue)")
      }
      return
    }
    var fault: String?
    if let known = system[name.text] {
      if value.number != known {
        fault = "value of \(name.text) PriorityClass must be \(known)"
      } else if object["globalDefault"].isTrue {
        fault = "globalDefault of \(name.text) PriorityClass must be false"
      }
    } else {
      fault = "\(name.text) is not a known system priority class"
    }
    if let fault {
      errors.forbidden(
        name,
        "priority class names with 'system-' prefix are reserved for system use only. error: \(fault)")
    }
  }

  // MARK: - Leases

  private static func lease(_ spec: Field, _ errors: inout Findings) {
    if let seconds = spec["leaseDurationSeconds"].int, seconds <= 0 {
      errors.invalid(spec["leaseDurationSeconds"], "must be greater than 0")
    }
    errors.nonNegative(spec["leaseTransitions"])
    let (strategy, preferred) = (spec["strategy"], spec["preferredHolder"])
    if strategy.isSet {
      let parts = strategy.text.split(separator: "/", omittingEmptySubsequences: false)
      if parts.count == 1 {
        errors.oneOf(strategy, ["OldestEmulationVersion"])
      } else {
        errors.check(strategy, Names.qualified)
      }
    }
    if preferred.hasText, !strategy.hasText {
      errors.forbidden(preferred, "may only be specified if `strategy` is defined")
    }
  }

  // MARK: - Aggregated APIs

  private static let apiService: ObjectRule = { object, errors in
    let spec = object["spec"]
    let (group, version) = (spec["group"].text, spec["version"].text)
    let required = "\(version).\(group)"
    let rule = NameRule { name, _ in
      var faults = Names.pathSegment(name)
      if name != required {
        faults.append("must be `spec.version+\".\"+spec.group`: \(FieldError.quoted(required))")
      }
      return faults
    }
    Metadata.validate(object["metadata"], isNamespaced: false, name: rule, checksFinalizers: false, &errors)
    if !group.isEmpty { joined(spec["group"], Names.dns1123Subdomain, &errors) }
    joined(spec["version"], Names.dns1035Label, &errors)
    let priorities = [("groupPriorityMinimum", Int64(20_000)), ("versionPriority", 1000)]
    for (name, most) in priorities where spec[name].number <= 0 || spec[name].number > most {
      errors.invalid(
        spec[name], showing: .int(spec[name].number), "must be positive and less than \(most)")
    }
    let service = spec["service"]
    guard service.isSet else {
      if !spec["caBundle"].text.isEmpty {
        errors.forbidden(spec["caBundle"], "local APIServices may not have a caBundle")
      }
      if spec["insecureSkipTLSVerify"].isTrue {
        errors.forbidden(
          spec["insecureSkipTLSVerify"], "local APIServices may not have insecureSkipTLSVerify")
      }
      return
    }
    errors.requireText(service["namespace"])
    errors.requireText(service["name"])
    if service["port"].isSet, !(1...65_535).contains(service["port"].number) {
      errors.invalid(service["port"], "port is not valid: \(Texts.range(1, 65_535))")
    }
    if spec["insecureSkipTLSVerify"].isTrue, spec["caBundle"].hasText {
      errors.append(
        .invalid(
          "spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"))
    }
  }

  private static func joined(_ field: Field, _ check: TextCheck, _ errors: inout Findings) {
    let faults = check(field.text)
    if !faults.isEmpty { errors.invalidText(field, faults.joined(separator: ",")) }
  }
}
