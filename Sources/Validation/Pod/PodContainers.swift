import Schema
import Values

/// Validation of pods and pod templates (pkg/apis/core/validation/validation.go).
enum PodRules {}

/// What the parts of a pod's spec need to know about the rest of it.
struct PodContext {
  var volumes: [String: Field] = [:]
  var claims: Set<String> = []
  var gracePeriod: Int64?
  var operatingSystem: String?
  var restartPolicy = ""
  var hostUsers = true
  /// False for the template of a workload.
  var isPod = true
}

extension PodRules {
  static let pullPolicies = ["Always", "IfNotPresent", "Never"]
  static let protocols = ["SCTP", "TCP", "UDP"]

  // MARK: - Kinds of containers

  static func containers(_ field: Field, _ context: PodContext, _ errors: inout Findings) {
    if field.isEmpty {
      errors.required(field)
      return
    }
    var names: Set<String> = []
    for container in field.elements {
      common(container, context, &errors)
      if !names.insert(container["name"].text).inserted {
        errors.duplicate(container["name"], .string(container["name"].text))
      }
      if container["lifecycle"].isSet { lifecycle(container["lifecycle"], context, &errors) }
      probes(container, context, &errors)
      restartRules(container, isInit: false, &errors)
    }
    var ports: Set<String> = []
    for container in field.elements { hostPorts(container["ports"], &ports, &errors) }
  }

  static func initContainers(
    _ field: Field, regular: Field, _ context: PodContext, _ errors: inout Findings
  ) {
    var names = Set(regular.elements.map { $0["name"].text })
    for container in field.elements {
      common(container, context, &errors)
      restartRules(container, isInit: true, &errors)
      let isSidecar = container["restartPolicy"].text == "Always"
      let name = container["name"]
      if names.contains(name.text) {
        errors.duplicate(name, .string(name.text))
      } else if name.hasText {
        names.insert(name.text)
      }
      // The path that the real server names here counts within this one container.
      var ports: Set<String> = []
      hostPorts(field.index(0)["ports"].with(container["ports"].value), &ports, &errors)
      if isSidecar {
        if container["lifecycle"].isSet { lifecycle(container["lifecycle"], context, &errors) }
        probes(container, context, &errors)
      } else {
        for part in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
        where container[part].isSet {
          errors.forbidden(container[part], "may not be set for init containers without restartPolicy=Always")
        }
        for policy in container["resizePolicy"].elements
        where policy["restartPolicy"].text == "RestartContainer" {
          errors.invalid(
            policy["restartPolicy"],
            "must not be set to 'RestartContainer' for non-sidecar initContainers")
        }
      }
    }
  }

  static func ephemeralContainers(
    _ field: Field, spec: Field, _ context: PodContext, _ errors: inout Findings
  ) {
    if field.isEmpty { return }
    let others = Set((spec["containers"].elements + spec["initContainers"].elements).map { $0["name"].text })
    var names = others
    for container in field.elements {
      common(container, context, &errors)
      imageIsTrimmed(container, &errors)
      if !names.insert(container["name"].text).inserted {
        errors.duplicate(container["name"], .string(container["name"].text))
      }
      let target = container["targetContainerName"]
      if target.hasText, !others.contains(target.text) { errors.notFound(target) }
      for (part, name) in notForEphemeral where !(container[part].value?.isEmptyPart ?? true) {
        errors.forbidden(container[name], "cannot be set for an Ephemeral Container")
      }
      for mount in container["volumeMounts"].elements {
        for part in ["subPath", "subPathExpr"] where mount[part].hasText {
          errors.forbidden(mount[part], "cannot be set for an Ephemeral Container")
        }
      }
    }
  }

  private static let notForEphemeral = [
    ("ports", "ports"), ("resources", "resources"), ("resizePolicy", "resizePolicy"),
    ("restartPolicy", "restartPolicy"), ("restartPolicyRules", "restartPolicyRules"),
    ("livenessProbe", "livenessProbe"), ("readinessProbe", "readinessProbe"),
    ("startupProbe", "startupProbe"),
    ("lifecycle", "lifecycle"),
  ]

  // MARK: - What all containers have in common

  private static func common(_ container: Field, _ context: PodContext, _ errors: inout Findings) {
    errors.checkRequired(container["name"], "", Names.dns1123Label)
    errors.requireText(container["image"])
    errors.requiredOneOf(container["terminationMessagePolicy"], ["File", "FallbackToLogsOnError"])
    ports(container["ports"], &errors)
    environment(container["env"], &errors)
    environmentSources(container["envFrom"], &errors)
    mounts(container, context, &errors)
    devices(container, context, &errors)
    errors.requiredOneOf(container["imagePullPolicy"], pullPolicies)
    resources(container["resources"], context, isPodLevel: false, &errors)
    resizePolicy(container["resizePolicy"], context, &errors)
    securityContext(container["securityContext"], context, &errors)
  }

  static func imageIsTrimmed(_ container: Field, _ errors: inout Findings) {
    let image = container["image"]
    if let first = image.text.first, let last = image.text.last, first.isWhitespace || last.isWhitespace {
      errors.invalid(image, "must not have leading or trailing whitespace")
    }
  }

  private static func ports(_ field: Field, _ errors: inout Findings) {
    var names: Set<String> = []
    for port in field.elements {
      let name = port["name"]
      if name.hasText {
        let faults = Names.portName(name.text)
        for fault in faults { errors.invalid(name, fault) }
        if faults.isEmpty, !names.insert(name.text).inserted { errors.duplicate(name) }
      }
      if port["containerPort"].number == 0 {
        errors.required(port["containerPort"])
      } else {
        errors.port(port["containerPort"])
      }
      if port["hostPort"].number != 0 { errors.port(port["hostPort"]) }
      errors.requiredOneOf(port["protocol"], protocols)
    }
  }

  private static func hostPorts(_ ports: Field, _ seen: inout Set<String>, _ errors: inout Findings) {
    for port in ports.elements where port["hostPort"].number != 0 {
      let key = "\(port["protocol"].text)/\(port["hostIP"].text)/\(port["hostPort"].number)"
      if !seen.insert(key).inserted { errors.duplicate(port["hostPort"], .string(key)) }
    }
  }

  private static func resizePolicy(_ field: Field, _ context: PodContext, _ errors: inout Findings) {
    var seen: Set<String> = []
    for policy in field.elements {
      let name = policy["resourceName"].text
      if !seen.insert(name).inserted { errors.duplicate(policy, .string(name)) }
      if name.isEmpty {
        errors.required(field)
      } else if !["cpu", "memory"].contains(name) {
        errors.append(.notSupported(field.path, .string(name), ["cpu", "memory"]))
      }
      let restart = policy["restartPolicy"].text
      if restart.isEmpty {
        errors.required(field)
      } else if !["NotRequired", "RestartContainer"].contains(restart) {
        errors.append(.notSupported(field.path, .string(restart), ["NotRequired", "RestartContainer"]))
      }
      if context.restartPolicy == "Never", restart != "NotRequired" {
        errors.invalid(
          field, showing: .string(restart), "must be 'NotRequired' when pod `restartPolicy` is 'Never'")
      }
    }
  }

  // MARK: - Restart policies (KEP-5307)

  private static func restartRules(_ container: Field, isInit: Bool, _ errors: inout Findings) {
    let policy = container["restartPolicy"]
    let rules = container["restartPolicyRules"]
    // Rules of an init container without a policy are looked at no further.
    if isInit, !policy.isSet {
      if !rules.isEmpty { errors.required(policy, "must specify restartPolicy when restart rules are used") }
      return
    }
    if policy.isSet {
      errors.oneOf(policy, ["Always", "Never", "OnFailure"])
    } else if !rules.isEmpty {
      errors.required(policy, "must specify restartPolicy when restart rules are used")
    }
    if rules.count > 20 { errors.tooMany(rules, maximum: 20) }
    for rule in rules.elements {
      errors.oneOf(rule["action"], ["Restart", "RestartAllContainers"])
      let codes = rule["exitCodes"]
      if codes.isSet {
        errors.oneOf(codes["operator"], ["In", "NotIn"])
        if codes["values"].count > 255 { errors.tooMany(codes["values"], maximum: 255) }
      } else {
        errors.required(codes, "must be specified")
      }
    }
  }
}

extension Value {
  /// Nothing, or an object or list without anything in it.
  var isEmptyPart: Bool {
    switch self {
    case .null: true
    case .object(let object): object.isEmpty
    case .array(let array): array.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }
}
