import Schema
import Values

/// Jobs and CronJobs (pkg/apis/batch/validation).
enum BatchRules {
  static let table: [String: KindRules] = [
    "batch/Job": KindRules(
      checksFinalizers: true,
      content: { job, errors in
        generatedSelector(job, &errors)
        JobRules.spec(job["spec"], &errors)
        JobRules.selector(job["spec"], &errors)
        hostname(job, &errors)
      },
      change: { new, old, errors in
        JobRules.spec(new["spec"], &errors)
        JobRules.selector(new["spec"], &errors)
        JobChangeRules.spec(new["spec"], old["spec"] ?? .null, old["status"], &errors)
      },
      steps: [.metadata, .content, .metadataUpdate, .change],
      subresources: ["status": JobChangeRules.status]),
    "batch/CronJob": KindRules(
      checksFinalizers: true,
      content: { job, errors in cronJob(job["spec"], oldSchedule: nil, oldZone: nil, isNew: true, &errors) },
      create: { job, errors in
        let name = job["metadata"]["name"]
        if name.text.utf8.count > 52 { errors.invalid(name, "must be no more than 52 characters") }
      },
      change: { new, old, errors in
        cronJob(
          new["spec"], oldSchedule: old["spec"]?["schedule"]?.string, oldZone: old["spec"]?["timeZone"],
          isNew: false, &errors)
      },
      steps: [.metadataUpdate, .change]),
  ]

  private static func generatedSelector(_ job: Field, _ errors: inout Findings) {
    let spec = job["spec"]
    if spec["manualSelector"].isTrue || !spec["selector"].isSet { return }
    errors.requireText(job["metadata"]["uid"])
    let (uid, name) = (job["metadata"]["uid"].text, job["metadata"]["name"].text)
    let expected = [
      ("controller-uid", uid), ("job-name", name), ("batch.kubernetes.io/controller-uid", uid),
      ("batch.kubernetes.io/job-name", name),
    ]
    let labels = spec["template"]["metadata"]["labels"]
    for (key, value) in expected {
      if labels.value?[key] == nil {
        errors.required(labels.key(key), "must be '\(value)'")
      } else if labels.key(key).text != value {
        errors.invalid(labels.key(key), showing: labels.value ?? .null, "must be '\(value)'")
      }
    }
    let own = Object(expected.map { ($0.0, Value.string($0.1)) })
    if !AppsRules.hasInvalidOperator(spec["selector"]), !Selectors.matches(spec["selector"], own) {
      errors.invalid(
        spec["selector"], showing: Selectors.shown(spec["selector"]), "`selector` not auto-generated")
    }
  }

  /// Pods of an indexed job are named after the job and their index.
  private static func hostname(_ job: Field, _ errors: inout Findings) {
    guard job["spec"]["completionMode"].text == "Indexed", let count = job["spec"]["completions"].int,
      count > 0
    else { return }
    let name = job["metadata"]["name"]
    let longest = "\(name.text)-\(count - 1)"
    if !Names.dns1123Label(longest).isEmpty {
      errors.invalidText(name, "will not able to create pod with invalid DNS label: \(longest)")
    }
  }

  private static func cronJob(
    _ spec: Field, oldSchedule: String?, oldZone: Value?, isNew: Bool, _ errors: inout Findings
  ) {
    let schedule = spec["schedule"]
    if schedule.hasText {
      if let fault = CronSchedule.fault(schedule.text) { errors.invalid(schedule, fault) }
      let allowsZone = oldSchedule?.contains("TZ") ?? false
      if schedule.text.contains("TZ") {
        if !allowsZone {
          errors.invalid(schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
        } else if spec["timeZone"].isSet {
          errors.invalid(schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule")
        }
      }
    } else {
      errors.required(schedule)
    }
    errors.nonNegative(spec["startingDeadlineSeconds"])
    if isNew || spec["timeZone"].value != oldZone { TimeZones.validate(spec["timeZone"], &errors) }
    errors.requiredOneOf(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
    let job = spec["jobTemplate"]["spec"]
    JobRules.spec(job, &errors)
    if job["selector"].isSet {
      errors.invalid(
        job["selector"], showing: Selectors.shown(job["selector"]), "`selector` will be auto-generated")
    }
    if job["manualSelector"].isTrue {
      errors.append(.notSupported(job["manualSelector"].path, true, ["nil", "false"]))
    }
    errors.nonNegative(spec["successfulJobsHistoryLimit"])
    errors.nonNegative(spec["failedJobsHistoryLimit"])
  }
}
