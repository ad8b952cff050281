import Values

/// The selector that the server gives a Job, and the labels that its pods carry for it.
enum JobSelector {
  /// Labels the job's pods with its uid and name and selects them by the uid, unless the job says that it
  /// selects by itself. The metadata must hold the uid.
  static func generate(_ job: inout Object) {
    guard job["spec"]?["manualSelector"]?.bool != true else { return }
    let uid = job["metadata"]?["uid"] ?? ""
    let name = job["metadata"]?["name"] ?? ""
    // A job without labels of its own has those of its pods, the generated ones among them.
    let labels = job["metadata"]?["labels"]?.object ?? [:]
    let inherits = labels.isEmpty || labels == job["spec"]?["template"]?["metadata"]?["labels"]?.object
    var podLabels: Object = [:]
    job.edit("spec") { spec in
      spec.edit("template") { template in
        template.setDefault("metadata", .object([:]))
        template.edit("metadata") { metadata in
          metadata.setDefault("labels", .object([:]))
          metadata.edit("labels") { labels in
            labels["batch.kubernetes.io/controller-uid"] = uid
            labels["controller-uid"] = uid
            labels["batch.kubernetes.io/job-name"] = name
            labels["job-name"] = name
            podLabels = labels
          }
        }
      }
      spec.setDefault("selector", .object([:]))
      spec.edit("selector") { selector in
        selector.setDefault("matchLabels", .object([:]))
        selector.edit("matchLabels") { $0["batch.kubernetes.io/controller-uid"] = uid }
      }
    }
    if inherits { job.edit("metadata") { $0["labels"] = .object(podLabels) } }
  }
}
