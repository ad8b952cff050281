import Schema
import Values

/// StatefulSets.
enum StatefulSetRules {
  static func spec(_ spec: Field, _ errors: inout Findings) {
    let policy = spec["podManagementPolicy"]
    if !policy.hasText {
      errors.required(policy)
    } else if !["OrderedReady", "Parallel"].contains(policy.text) {
      errors.invalid(policy, "must be 'OrderedReady' or 'Parallel'")
    }
    updateStrategy(spec["updateStrategy"], &errors)
    let retention = spec["persistentVolumeClaimRetentionPolicy"]
    if retention.isSet {
      for name in ["whenDeleted", "whenScaled"] { errors.oneOf(retention[name], ["Retain", "Delete"]) }
    }
    errors.nonNegative(spec["replicas"])
    errors.nonNegative(spec["minReadySeconds"])
    errors.nonNegative(spec["ordinals.start"].with(spec["ordinals"]["start"].value))
    if spec["serviceName"].hasText { errors.check(spec["serviceName"], Names.dns1123Label) }
    AppsRules.selector(spec, "statefulset", &errors)
    claimTemplates(spec["volumeClaimTemplates"], &errors)
    template(spec, &errors)
    WorkloadRules.alwaysRestarts(spec["template"]["spec"], "StatefulSet", &errors)
    errors.nonNegative(spec["revisionHistoryLimit"])
  }

  private static func updateStrategy(_ strategy: Field, _ errors: inout Findings) {
    let rolling = strategy["rollingUpdate"]
    switch strategy["type"].text {
    case "": errors.required(strategy)
    case "OnDelete":
      if rolling.isSet { errors.invalid(rolling, "only allowed for updateStrategy 'RollingUpdate'") }
    case "RollingUpdate":
      errors.nonNegative(rolling["partition"])
      let down = rolling["maxUnavailable"]
      if !down.isSet { return }
      errors.countOrPercent(down)
      if Percent.count(down) == 0 { errors.invalid(down, "cannot be 0") }
      errors.atMostAll(down)
    default:
      errors.invalid(
        strategy, showing: GoStruct.value(strategy.value, as: "DeploymentStrategy"),
        "must be 'RollingUpdate' or 'OnDelete'")
    }
  }

  private static func claimTemplates(_ field: Field, _ errors: inout Findings) {
    for claim in field.elements {
      Metadata.labels(claim["metadata"]["labels"], &errors)
      Metadata.annotations(claim["metadata"]["annotations"], &errors)
      ClaimRules.spec(claim["spec"], &errors)
    }
  }

  /// Containers may mount the volumes that come from claim templates.
  private static func template(_ spec: Field, _ errors: inout Findings) {
    let selector = spec["selector"]
    if AppsRules.hasInvalidOperator(selector) {
      return errors.invalid(selector, showing: Selectors.shown(selector), "")
    }
    let template = spec["template"]
    let labels = template["metadata"]["labels"]
    let selectsAll = selector.isSet && Selectors.isEmpty(selector)
    if !selectsAll, !Selectors.matches(selector, labels.object) {
      errors.invalid(labels, WorkloadRules.mismatchText)
    }
    var whole = template.value ?? .null
    var volumes = whole["spec"]?["volumes"]?.array ?? []
    let given = Set(volumes.compactMap { $0["name"]?.string })
    for claim in spec["volumeClaimTemplates"].elements {
      let name = claim["metadata"]["name"].text
      if name.isEmpty || given.contains(name) { continue }
      volumes.append(["name": .string(name), "persistentVolumeClaim": ["claimName": .string(name)]])
    }
    if !volumes.isEmpty { whole.set(.array(volumes), at: ["spec", "volumes"]) }
    PodRules.template(template.with(whole), &errors)
  }

  static let change: ChangeRule = { new, old, errors in
    var after = new["spec"].value ?? .null
    let before = old["spec"] ?? .null
    for name in [
      "replicas", "template", "updateStrategy", "minReadySeconds", "ordinals", "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy",
    ] {
      after[name] = before[name]
    }
    if withoutClaimStatus(after) == withoutClaimStatus(before) { return }
    errors.forbidden(
      new["spec"],
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
        + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    )
  }

  private static func withoutClaimStatus(_ spec: Value) -> Value {
    var spec = spec
    guard var claims = spec["volumeClaimTemplates"]?.array else { return spec }
    for i in claims.indices { claims[i]["status"] = nil }
    spec["volumeClaimTemplates"] = .array(claims)
    return spec
  }
}
