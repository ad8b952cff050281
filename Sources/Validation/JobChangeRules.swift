import Schema
import Values

/// What may change in a Job.
enum JobChangeRules {
  static func spec(_ new: Field, _ old: Value, _ oldStatus: Value?, _ errors: inout Findings) {
    completions(new, old, &errors)
    let selector = new["selector"]
    if selector.value != old["selector"] {
      errors.invalid(selector, showing: Selectors.shown(selector), Texts.immutable)
    }
    template(new, old, oldStatus, &errors)
    let structs = ["podFailurePolicy": "PodFailurePolicy", "successPolicy": "JobSuccessPolicy"]
    for name in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"]
    where new[name].value != old[name] {
      let shown = new[name].isSet ? structs[name].map { GoStruct.value(new[name].value, as: $0) } : nil
      errors.invalid(new[name], showing: shown ?? new[name].value ?? .null, Texts.immutable)
    }
  }

  private static func completions(_ new: Field, _ old: Value, _ errors: inout Findings) {
    let field = new["completions"]
    if field.value == old["completions"] { return }
    if new["completionMode"].text != "Indexed" { return errors.invalid(field, Texts.immutable) }
    if field.isSet, field.number != new["parallelism"].number {
      errors.invalid(field, "can only be modified in tandem with spec.parallelism")
    }
  }

  /// A job that waits to run may be told where to run, and with what (KEP-2926, KEP-5440).
  private static func template(
    _ new: Field, _ old: Value, _ oldStatus: Value?, _ errors: inout Findings
  ) {
    let template = new["template"]
    var before = old["template"] ?? .null
    let isStill = (oldStatus?["active"]?.int ?? 0) == 0
    if old["suspend"]?.bool == true, isStill, oldStatus?["startTime"] == nil || has(oldStatus, "Suspended") {
      for name in ["annotations", "labels"] {
        before.set(template["metadata"][name].value, at: ["metadata", name])
      }
      for name in ["nodeSelector", "tolerations", "schedulingGates"] {
        before.set(template["spec"][name].value, at: ["spec", name])
      }
      before.set(
        template["spec"]["affinity"]["nodeAffinity"].value, at: ["spec", "affinity", "nodeAffinity"])
      if before["spec"]?["affinity"]?.isEmptyPart == true, !template["spec"]["affinity"].isSet {
        before.set(nil, at: ["spec", "affinity"])
      }
      keepResources(template, &before)
    }
    if template.value == before { return }
    var shown = template["metadata"].object ?? [:]
    shown["Spec"] = GoStruct.podSpec(template["spec"].value)
    errors.invalid(template, showing: .object(shown), Texts.immutable)
  }

  private static func keepResources(_ template: Field, _ before: inout Value) {
    for name in ["containers", "initContainers"] {
      guard var containers = before["spec"]?[name]?.array,
        containers.count == template["spec"][name].count
      else { continue }
      for (i, container) in template["spec"][name].elements.enumerated() {
        containers[i]["resources"] = container["resources"].value
      }
      before.set(.array(containers), at: ["spec", name])
    }
  }

  // MARK: - Status

  private static func has(_ status: Value?, _ type: String) -> Bool {
    (status?["conditions"]?.array ?? []).contains {
      $0["type"]?.string == type && $0["status"]?.string == "True"
    }
  }

  static let status: ChangeRule = { new, old, errors in
    Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
    let status = new["status"]
    for name in ["active", "succeeded", "failed", "ready", "terminating"] { errors.nonNegative(status[name]) }
    uncounted(status["uncountedTerminatedPods"], &errors)
    conditions(new, &errors)
    for type in ["Failed", "Complete", "FailureTarget"]
    where has(old["status"], type) && !has(status.value, type) {
      condition(status, "cannot disable the terminal \(type)=True condition", &errors)
    }
    let spec = new["spec"]
    // The counter of an indexed job that is made smaller may fall.
    let mayShrink =
      spec["completionMode"].text == "Indexed" && spec["completions"].value == spec["parallelism"].value
    for name in ["failed", "succeeded"] where status[name].number < old["status"]?[name]?.int ?? 0 {
      if name == "succeeded", mayShrink { continue }
      errors.invalid(
        status[name], showing: .int(status[name].number), "cannot decrease the \(name) counter")
    }
    let (done, before) = (status["completionTime"], old["status"]?["completionTime"])
    if done.isSet, before != nil, done.value != before {
      errors.invalid(done, "completionTime cannot be mutated")
    }
    let start = old["status"]?["startTime"]
    if start != nil, status["startTime"].value != start, !new["spec"]["suspend"].isTrue {
      errors.required(status["startTime"], "startTime cannot be removed for unsuspended job")
    }
    if has(old["status"], "SuccessCriteriaMet"), !has(status.value, "SuccessCriteriaMet") {
      condition(status, "cannot disable the SuccessCriteriaMet=True condition", &errors)
    }
    if has(old["status"], "Complete"), !has(old["status"], "SuccessCriteriaMet"),
      has(status.value, "SuccessCriteriaMet")
    {
      condition(
        status, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions", &errors)
    }
  }

  private static func condition(_ status: Field, _ text: String, _ errors: inout Findings) {
    errors.append(
      FieldError(kind: .invalid, path: status["conditions"].path, message: "Invalid value: \(text)"))
  }

  private static func uncounted(_ pods: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for name in ["succeeded", "failed"] {
      for uid in pods[name].elements {
        if !uid.hasText {
          errors.invalidText(uid, "must not be empty")
        } else if !seen.insert(uid.text).inserted {
          errors.duplicate(uid)
        }
      }
    }
  }

  private static func conditions(_ job: Field, _ errors: inout Findings) {
    let status = job["status"]
    func is_(_ type: String) -> Bool { has(status.value, type) }
    let (complete, failed) = (is_("Complete"), is_("Failed"))
    let isFinished = complete || failed
    if complete, failed { condition(status, "cannot set Complete=True and Failed=true conditions", &errors) }
    if complete, is_("FailureTarget") {
      condition(status, "cannot set Complete=True and FailureTarget=true conditions", &errors)
    }
    let done = status["completionTime"]
    if done.isSet, !complete {
      errors.invalid(done, "cannot set completionTime when there is no Complete=True condition")
    }
    if !done.isSet, complete { errors.required(done, "completionTime is required for Complete jobs") }
    if let start = Timestamp(rfc3339: status["startTime"].text), let end = Timestamp(rfc3339: done.text),
      end < start
    {
      errors.invalid(done, "completionTime cannot be set before startTime")
    }
    if failed, !is_("FailureTarget") {
      condition(status, "cannot set Failed=True condition without the FailureTarget=true condition", &errors)
    }
    if complete, !is_("SuccessCriteriaMet") {
      condition(
        status, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition", &errors)
    }
    if status["active"].number > 0, isFinished {
      errors.invalid(status["active"], "active>0 is invalid for finished job")
    }
    if !status["startTime"].isSet, isFinished {
      errors.required(status["startTime"], "startTime is required for finished job")
    }
    let uncounted = status["uncountedTerminatedPods"]
    if isFinished, !uncounted["failed"].isEmpty || !uncounted["succeeded"].isEmpty {
      errors.invalid(
        uncounted, showing: GoStruct.value(uncounted.value, as: "UncountedTerminatedPods"),
        "uncountedTerminatedPods needs to be empty for finished job")
    }
    indexes(status, job["spec"], &errors)
    if status["terminating"].number > 0, isFinished {
      errors.invalid(status["terminating"], "terminating>0 is invalid for finished job")
    }
    if status["ready"].number > status["active"].number {
      errors.invalid(status["ready"], "cannot set more ready pods than active")
    }
    if is_("SuccessCriteriaMet"), failed {
      condition(status, "cannot set SuccessCriteriaMet=True and Failed=true conditions", &errors)
    }
    if is_("SuccessCriteriaMet"), is_("FailureTarget") {
      condition(status, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions", &errors)
    }
    if job["spec"]["successPolicy"].isSet, !is_("SuccessCriteriaMet"), complete {
      condition(
        status, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True", &errors)
    }
  }

  /// The lists of indexes that ended well and that did not.
  private static func indexes(_ status: Field, _ spec: Field, _ errors: inout Findings) {
    let (completed, failed) = (status["completedIndexes"], status["failedIndexes"])
    let hasLimit = spec["backoffLimitPerIndex"].isSet
    if let completions = spec["completions"].int {
      for (field, name) in [(completed, "completedIndexes"), (failed, "failedIndexes")] {
        if name == "failedIndexes", !hasLimit { continue }
        guard let fault = JobIndexes.parse(field.text, completions: completions).fault else { continue }
        errors.invalidText(field, "error parsing \(name): \(fault)")
      }
    }
    if completed.hasText, spec["completionMode"].text != "Indexed" {
      errors.invalid(completed, "cannot set non-empty completedIndexes when non-indexed completion mode")
    }
    if !hasLimit, failed.isSet {
      errors.invalid(failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null")
    }
    guard let completions = spec["completions"].int,
      let index = JobIndexes.overlap(completed.text, failed.text, completions: completions)
    else { return }
    errors.invalidText(failed, "failedIndexes and completedIndexes overlap at index: \(index)")
  }
}
