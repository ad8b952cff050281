import Values

/// Rows of the group batch.
enum BatchCells {
  static let makers: [String: CellMaker] = [
    "jobs.batch": CellRule.row(
      .name, .computed(status), .computed(completions), .computed(duration), .age,
      .computed { WorkloadCells.names($0.at("spec.template")) },
      .computed { WorkloadCells.images($0.at("spec.template")) }, .selector("spec.selector")),
    "cronjobs.batch": CellRule.row(
      .name, .text("spec.schedule"), .text("spec.timeZone", missing: "<none>"), .computed(suspended),
      .count("status.active"), .computed(lastSchedule), .age,
      .computed { WorkloadCells.names($0.at("spec.jobTemplate.spec.template")) },
      .computed { WorkloadCells.images($0.at("spec.jobTemplate.spec.template")) },
      .selector("spec.jobTemplate.spec.selector")),
  ]

  private static func status(_ job: ObjectReader) -> String {
    if job.isTrue("Complete") { return "Complete" }
    if job.isTrue("Failed") { return "Failed" }
    if job.isBeingDeleted { return "Terminating" }
    if job.isTrue("Suspended") { return "Suspended" }
    if job.isTrue("FailureTarget") { return "FailureTarget" }
    return "Running"
  }

  private static func completions(_ job: ObjectReader) -> String {
    let succeeded = job.at("status.succeeded").integer
    let wanted = job.at("spec.completions")
    if wanted.exists { return "\(succeeded)/\(wanted.integer)" }
    let parallelism = job.at("spec.parallelism").integer
    return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
  }

  /// From start to completion, or till now.
  private static func duration(_ job: ObjectReader) -> String {
    guard let start = job.at("status.startTime").time else { return "" }
    return HumanDuration.text(from: start, to: job.at("status.completionTime").time ?? job.now)
  }

  private static func suspended(_ job: ObjectReader) -> String {
    job.at("spec.suspend").value?.bool.map { $0 ? "True" : "False" } ?? "<unset>"
  }

  private static func lastSchedule(_ job: ObjectReader) -> String {
    let time = job.at("status.lastScheduleTime")
    return time.exists ? time.since : "<none>"
  }
}
