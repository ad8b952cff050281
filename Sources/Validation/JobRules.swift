import Schema
import Values

/// The spec of a Job, on its own or in a CronJob.
enum JobRules {
  private static let parallelLimit: Int64 = 100_000
  private static let failedLimit: Int64 = 100_000
  private static let manyCompletions: Int64 = 100_000
  private static let limitForMany: Int64 = 10_000

  static func spec(_ spec: Field, _ errors: inout Findings) {
    for name in [
      "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
      "backoffLimitPerIndex", "maxFailedIndexes",
    ] {
      errors.nonNegative(spec[name])
    }
    if spec["maxFailedIndexes"].isSet, !spec["backoffLimitPerIndex"].isSet {
      errors.required(spec["backoffLimitPerIndex"], "when maxFailedIndexes is specified")
    }
    if spec["managedBy"].isSet {
      errors.check(spec["managedBy"], Names.domainPrefixedPath)
      if spec["managedBy"].text.utf8.count > 63 { errors.tooLong(spec["managedBy"], maximum: 63) }
    }
    let mode = spec["completionMode"]
    if mode.isSet { errors.oneOf(mode, ["NonIndexed", "Indexed"]) }
    if mode.text == "Indexed" { indexed(spec, &errors) }
    if !mode.isSet || mode.text == "NonIndexed" {
      for name in ["backoffLimitPerIndex", "maxFailedIndexes"] where spec[name].isSet {
        errors.invalid(spec[name], "requires indexed completion mode")
      }
    }
    if spec["podFailurePolicy"].isSet { failurePolicy(spec, &errors) }
    if spec["successPolicy"].isSet { successPolicy(spec, &errors) }
    replacementPolicy(spec, &errors)
    PodRules.template(spec["template"], &errors)
    restartPolicy(spec, &errors)
  }

  private static func restartPolicy(_ spec: Field, _ errors: inout Findings) {
    let policy = spec["template"]["spec"]["restartPolicy"]
    switch policy.text {
    case "", "Always": errors.required(policy, "valid values: \"OnFailure\", \"Never\"")
    case "OnFailure", "Never":
      if spec["podFailurePolicy"].isSet, policy.text != "Never" {
        errors.invalid(policy, "only \"Never\" is supported when podFailurePolicy is specified")
      }
    default: errors.oneOf(policy, ["OnFailure", "Never"])
    }
  }

  static func selector(_ spec: Field, _ errors: inout Findings) {
    let selector = spec["selector"]
    if selector.isSet { Selectors.validate(selector, &errors) } else { errors.required(selector) }
    let labels = spec["template"]["metadata"]["labels"]
    if !AppsRules.hasInvalidOperator(selector), !Selectors.matches(selector, labels.object) {
      errors.invalid(labels, WorkloadRules.mismatchText)
    }
  }

  private static func indexed(_ spec: Field, _ errors: inout Findings) {
    let (completions, parallel, failed) = (spec["completions"], spec["parallelism"], spec["maxFailedIndexes"])
    if !completions.isSet { errors.required(completions, "when completion mode is Indexed") }
    if parallel.number > parallelLimit {
      errors.invalid(
        parallel, "must be less than or equal to \(parallelLimit) when completion mode is Indexed")
    }
    if completions.isSet, failed.isSet, failed.number > completions.number {
      errors.invalid(failed, "must be less than or equal to completions")
    }
    if failed.number > failedLimit { errors.invalid(failed, "must be less than or equal to \(failedLimit)") }
    guard completions.number > manyCompletions, spec["backoffLimitPerIndex"].isSet else { return }
    if !failed.isSet {
      errors.required(failed, "must be specified when completions is above \(manyCompletions)")
    }
    for field in [parallel, failed] where field.number > limitForMany {
      errors.invalid(
        field,
        "must be less than or equal to \(limitForMany) when completions are above \(manyCompletions) "
          + "and used with backoff limit per index")
    }
  }

  private static func replacementPolicy(_ spec: Field, _ errors: inout Findings) {
    let policy = spec["podReplacementPolicy"]
    if !policy.isSet { return }
    errors.oneOf(policy, spec["podFailurePolicy"].isSet ? ["Failed"] : ["Failed", "TerminatingOrFailed"])
  }

  // MARK: - Failures (KEP-3329)

  private static let actions = ["Count", "FailIndex", "FailJob", "Ignore"]

  private static func failurePolicy(_ spec: Field, _ errors: inout Findings) {
    let rules = spec["podFailurePolicy"]["rules"]
    if rules.count > 20 { errors.tooMany(rules, maximum: 20) }
    let pod = spec["template"]["spec"]
    let names = Set((pod["containers"].elements + pod["initContainers"].elements).map { $0["name"].text })
    for rule in rules.elements {
      let action = rule["action"]
      if !action.hasText {
        errors.required(action, "valid values: \(goList(actions))")
      } else if action.text == "FailIndex" {
        if !spec["backoffLimitPerIndex"].isSet {
          errors.invalid(action, "requires the backoffLimitPerIndex to be set")
        }
      } else {
        errors.oneOf(action, actions)
      }
      let (codes, conditions) = (rule["onExitCodes"], rule["onPodConditions"])
      if codes.isSet { exitCodes(codes, names, &errors) }
      self.conditions(conditions, &errors)
      if codes.isSet != conditions.isEmpty {
        let text =
          codes.isSet
          ? "specifying both OnExitCodes and OnPodConditions is not supported"
          : "specifying one of OnExitCodes and OnPodConditions is required"
        errors.append(FieldError(kind: .invalid, path: rule.path, message: "Invalid value: \(text)"))
      }
    }
  }

  /// A list of quoted words as Go's `%q` prints a slice.
  private static func goList(_ words: [String]) -> String {
    "[" + words.map(FieldError.quoted).joined(separator: " ") + "]"
  }

  private static func exitCodes(_ codes: Field, _ names: Set<String>, _ errors: inout Findings) {
    let (kind, values) = (codes["operator"], codes["values"])
    errors.requiredOneOf(kind, ["In", "NotIn"], "valid values: \(goList(["In", "NotIn"]))")
    let container = codes["containerName"]
    if container.isSet, !names.contains(container.text) {
      errors.invalid(
        container, "must be one of the container or initContainer names in the pod template")
    }
    if values.isEmpty {
      errors.invalid(values, "at least one value is required")
    } else if values.count > 255 {
      errors.tooMany(values, maximum: 255)
    }
    var seen: Set<Int64> = []
    var isOrdered = true
    var before = Int64.min
    for value in values.elements {
      if kind.text == "In", value.number == 0 { errors.invalid(value, "must not be 0 for the In operator") }
      if !seen.insert(value.number).inserted { errors.duplicate(value) }
      isOrdered = isOrdered && before <= value.number
      before = value.number
    }
    if !isOrdered { errors.invalid(values, "must be ordered") }
  }

  private static func conditions(_ field: Field, _ errors: inout Findings) {
    if field.count > 20 { errors.tooMany(field, maximum: 20) }
    let allowed = ["False", "True", "Unknown"]
    for pattern in field.elements {
      errors.check(pattern["type"], Names.qualified)
      errors.requiredOneOf(pattern["status"], allowed, "valid values: \(goList(allowed))")
    }
  }

  // MARK: - Success (KEP-3998)

  private static func successPolicy(_ spec: Field, _ errors: inout Findings) {
    let policy = spec["successPolicy"]
    guard spec["completionMode"].text == "Indexed" else {
      errors.invalid(
        policy, showing: GoStruct.value(policy.value, as: "JobSuccessPolicy"),
        "requires indexed completion mode")
      return
    }
    let rules = policy["rules"]
    if rules.isEmpty {
      errors.required(rules, "at least one rules must be specified when the successPolicy is specified")
    }
    if rules.count > 20 { errors.tooMany(rules, maximum: 20) }
    let completions = spec["completions"].number
    for rule in rules.elements { successRule(rule, completions, &errors) }
  }

  private static func successRule(_ rule: Field, _ completions: Int64, _ errors: inout Findings) {
    let (count, indexes) = (rule["succeededCount"], rule["succeededIndexes"])
    if !count.isSet, !indexes.isSet {
      errors.required(rule, "at least one of succeededCount or succeededIndexes must be specified")
    }
    var total: Int64 = 0
    if indexes.isSet {
      if indexes.text.utf8.count > 65_536 { errors.tooLong(indexes, maximum: 65_536) }
      let parsed = JobIndexes.parse(indexes.text, completions: completions)
      total = parsed.total
      if let fault = parsed.fault { errors.invalid(indexes, "error parsing succeededIndexes: \(fault)") }
    }
    guard count.isSet else { return }
    errors.nonNegative(count)
    if count.number > completions {
      errors.invalid(
        count, "must be less than or equal to \(completions) (the number of specified completions)")
    }
    if indexes.isSet, count.number > total {
      errors.invalid(
        count,
        "must be less than or equal to \(total) "
          + "(the number of indexes in the specified succeededIndexes field)")
    }
  }
}

/// Lists of indexes such as `1,3-5,7`.
enum JobIndexes {
  /// The first index that is in both lists. Intervals that are none are passed over.
  static func overlap(_ text: String, _ other: String, completions: Int64) -> Int64? {
    func intervals(_ text: String) -> [ClosedRange<Int64>] {
      text.split(separator: ",").compactMap { interval in
        guard parse(String(interval), completions: completions).fault == nil else { return nil }
        let ends = interval.split(separator: "-").compactMap { Characters.number($0) }
        guard let low = ends.first, let high = ends.last, low <= high else { return nil }
        return low...high
      }
    }
    let (left, right) = (intervals(text), intervals(other))
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
      if left[i].overlaps(right[j]) { return max(left[i].lowerBound, right[j].lowerBound) }
      if left[i].lowerBound <= right[j].lowerBound { i += 1 } else { j += 1 }
    }
    return nil
  }

  /// - Returns: how many indexes there are, and what is wrong with the list if anything is.
  static func parse(_ text: String, completions: Int64) -> (total: Int64, fault: String?) {
    if text.isEmpty { return (0, nil) }
    var total: Int64 = 0
    var last: Int64?
    for interval in text.split(separator: ",", omittingEmptySubsequences: false) {
      let quoted = FieldError.quoted(String(interval))
      let ends = interval.split(separator: "-", omittingEmptySubsequences: false)
      if ends.count > 2 {
        return (
          0,
          "the fragment \(quoted) violates the requirement that an index interval can have at most two parts separated by '-'"
        )
      }
      var numbers: [Int64] = []
      for end in ends {
        guard let number = Characters.number(end) else {
          return (0, "cannot convert string to integer for index: \(FieldError.quoted(String(end)))")
        }
        if number >= completions { return (0, "too large index: \(FieldError.quoted(String(end)))") }
        numbers.append(number)
      }
      let (low, high) = (numbers[0], numbers[numbers.count - 1])
      if numbers.count == 2, low >= high {
        return (0, "non-increasing order, previous: \(low), current: \(high)")
      }
      if let last, low <= last { return (0, "non-increasing order, previous: \(last), current: \(low)") }
      total += high - low + 1
      last = high
    }
    return (total, nil)
  }
}
