import Schema
import Values

/// The kinds of the apps group (pkg/apis/apps/validation).
enum AppsRules {
  static let table: [String: KindRules] = [
    "apps/Deployment": KindRules(
      checksFinalizers: true, content: { object, errors in deployment(object["spec"], &errors) },
      change: selectorChange, steps: [.metadataUpdate, .content, .change],
      subresources: ["status": statusChange(deploymentCounts, of: "replicas", deploymentLimits)]),
    "apps/ReplicaSet": KindRules(
      checksFinalizers: true, content: { object, errors in replicaSet(object["spec"], &errors) },
      change: selectorChange, steps: [.metadata, .content, .metadataUpdate, .content, .change],
      subresources: [
        "status": { new, old, errors in
          Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
          WorkloadRules.replicaStatus(new["status"], &errors)
        }
      ]),
    "apps/StatefulSet": KindRules(
      name: .label, checksFinalizers: true,
      content: { object, errors in StatefulSetRules.spec(object["spec"], &errors) },
      change: StatefulSetRules.change, steps: [.metadataUpdate, .content, .change],
      subresources: ["status": statusChange(setCounts, of: "replicas", setLimits)]),
    "apps/DaemonSet": KindRules(
      checksFinalizers: true, content: { object, errors in daemonSet(object["spec"], &errors) },
      change: selectorChange, steps: [.metadataUpdate, .change, .content],
      subresources: ["status": statusChange(daemonCounts, of: "", [])]),
    "apps/ControllerRevision": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        if object.value?["data"] == nil { errors.required(object["data"], "data is mandatory") }
        errors.nonNegative(object["revision"])
      },
      change: { new, old, errors in errors.immutable(new["data"], old["data"]) }),
  ]

  private static let selectorChange: ChangeRule = { new, old, errors in
    let selector = new["spec"]["selector"]
    if selector.value != old["spec"]?["selector"] {
      errors.invalid(selector, showing: Selectors.shown(selector), Texts.immutable)
    }
  }

  // MARK: - Specs

  private static func deployment(_ spec: Field, _ errors: inout Findings) {
    errors.nonNegative(spec["replicas"])
    selector(spec, "deployment", &errors)
    template(spec, "ReplicaSet", &errors)
    let strategy = spec["strategy"]
    let rolling = strategy["rollingUpdate"]
    switch strategy["type"].text {
    case "Recreate":
      if rolling.isSet {
        errors.forbidden(rolling, "may not be specified when strategy `type` is 'Recreate'")
      }
    case "RollingUpdate":
      if rolling.isSet {
        self.rolling(rolling, &errors)
      } else {
        errors.required(rolling, "this should be defaulted and never be nil")
      }
    default:
      errors.append(
        .notSupported(
          strategy.path, GoStruct.value(strategy.value, as: "DeploymentStrategy"),
          ["Recreate", "RollingUpdate"]))
    }
    errors.nonNegative(spec["minReadySeconds"])
    errors.nonNegative(spec["revisionHistoryLimit"])
    let deadline = spec["progressDeadlineSeconds"]
    guard let seconds = deadline.int else { return }
    errors.nonNegative(deadline)
    if seconds <= spec["minReadySeconds"].number {
      errors.invalid(deadline, "must be greater than minReadySeconds")
    }
  }

  private static func rolling(_ rolling: Field, _ errors: inout Findings) {
    let (down, surge) = (rolling["maxUnavailable"], rolling["maxSurge"])
    errors.countOrPercent(down)
    errors.countOrPercent(surge)
    if Percent.count(down) == 0, Percent.count(surge) == 0 {
      errors.invalid(down, showing: down.value ?? 0, "may not be 0 when `maxSurge` is 0")
    }
    errors.atMostAll(down)
  }

  private static func replicaSet(_ spec: Field, _ errors: inout Findings) {
    errors.nonNegative(spec["replicas"])
    errors.nonNegative(spec["minReadySeconds"])
    selector(spec, "deployment", &errors)
    template(spec, "ReplicaSet", &errors)
  }

  private static func daemonSet(_ spec: Field, _ errors: inout Findings) {
    Selectors.validate(spec["selector"], &errors)
    let labels = spec["template"]["metadata"]["labels"]
    if !Selectors.matches(spec["selector"], labels.object), !hasInvalidOperator(spec["selector"]) {
      errors.invalid(labels, WorkloadRules.mismatchText)
    }
    if spec["selector"].isSet, Selectors.isEmpty(spec["selector"]) {
      errors.invalid(
        spec["selector"], showing: Selectors.shown(spec["selector"]),
        "empty selector is invalid for daemonset")
    }
    PodRules.template(spec["template"], &errors)
    WorkloadRules.alwaysRestarts(spec["template"]["spec"], "DaemonSet", &errors)
    errors.nonNegative(spec["minReadySeconds"])
    let strategy = spec["updateStrategy"]
    let rolling = strategy["rollingUpdate"]
    switch strategy["type"].text {
    case "OnDelete": break
    case "RollingUpdate":
      if rolling.isSet { daemonRolling(rolling, &errors) } else { errors.required(rolling) }
    default:
      errors.append(
        .notSupported(
          strategy.path, GoStruct.value(strategy.value, as: "DeploymentStrategy"),
          ["RollingUpdate", "OnDelete"]))
    }
    errors.nonNegative(spec["revisionHistoryLimit"])
  }

  private static func daemonRolling(_ rolling: Field, _ errors: inout Findings) {
    let (down, surge) = (rolling["maxUnavailable"], rolling["maxSurge"])
    for field in [down, surge] { errors.countOrPercent(field) }
    for field in [down, surge] { errors.atMostAll(field) }
    switch (Percent.count(down) != 0, Percent.count(surge) != 0) {
    case (true, true): errors.invalid(surge, "may not be set when maxUnavailable is non-zero")
    case (false, false): errors.required(down, "cannot be 0 when maxSurge is 0")
    default: break
    }
  }

  // MARK: - Parts

  static func selector(_ spec: Field, _ kind: String, _ errors: inout Findings) {
    let selector = spec["selector"]
    guard selector.isSet else {
      errors.required(selector)
      return
    }
    Selectors.validate(selector, &errors)
    if Selectors.isEmpty(selector) {
      errors.invalid(
        selector, showing: Selectors.shown(selector), "empty selector is invalid for \(kind)")
    }
  }

  static func hasInvalidOperator(_ selector: Field) -> Bool {
    selector.isSet && (try? LabelSelector(selector.value)) == nil
  }

  private static func template(_ spec: Field, _ kind: String, _ errors: inout Findings) {
    let selector = spec["selector"]
    if hasInvalidOperator(selector) {
      errors.invalid(selector, showing: Selectors.shown(selector), "invalid label selector")
      return
    }
    let labels = spec["template"]["metadata"]["labels"]
    let selectsAll = selector.isSet && Selectors.isEmpty(selector)
    if !selectsAll, !Selectors.matches(selector, labels.object) {
      errors.invalid(labels, WorkloadRules.mismatchText)
    }
    PodRules.template(spec["template"], &errors)
    // What restarts at all has been looked at with the template.
    if !spec["template"]["spec"]["restartPolicy"].hasText { return }
    WorkloadRules.alwaysRestarts(spec["template"]["spec"], kind, &errors)
  }

  // MARK: - Status

  private static let deploymentCounts = [
    "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
    "unavailableReplicas", "collisionCount",
  ]
  private static let deploymentLimits = ["updatedReplicas", "readyReplicas", "availableReplicas"]
  private static let setCounts = [
    "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
    "observedGeneration", "collisionCount",
  ]
  private static let setLimits = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]
  private static let daemonCounts = [
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
    "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount",
  ]

  /// Counts that are not negative, some of which are not above the number of replicas.
  private static func statusChange(
    _ counts: [String], of total: String, _ limited: [String]
  ) -> ChangeRule {
    { new, old, errors in
      Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
      let status = new["status"]
      for name in counts { errors.nonNegative(status[name]) }
      for name in limited where status[name].number > status[total].number {
        errors.invalid(status[name], "cannot be greater than status.replicas")
      }
      if limited.contains("availableReplicas"),
        status["availableReplicas"].number > status["readyReplicas"].number
      {
        let text = total.isEmpty || limited.count == 3 ? "readyReplicas" : "status.readyReplicas"
        errors.invalid(status["availableReplicas"], "cannot be greater than \(text)")
      }
      let collisions = status["collisionCount"]
      if let before = old["status"]?["collisionCount"]?.int, collisions.number < before || !collisions.isSet {
        errors.invalid(collisions, showing: .int(collisions.number), "cannot be decremented")
      }
    }
  }
}
