import Values

/// Defaults of Deployments, DaemonSets, StatefulSets, ReplicationControllers and Jobs
/// (pkg/apis/apps/v1, pkg/apis/batch/v1, pkg/apis/core/v1).
enum WorkloadDefaults {
  static func deploymentStrategy(_ strategy: inout Object) {
    rolling(&strategy, ["maxSurge": "25%", "maxUnavailable": "25%"])
  }

  /// In apps/v1 an annotation stands for the template's generation; who writes the object owns it.
  static let templateGenerationKey = "deprecated.daemonset.template.generation"

  static func daemonSet(_ object: inout Object) {
    object.edit("metadata") { metadata in
      metadata.setDefault("annotations", .object([:]))
      metadata.edit("annotations") { $0.setDefault(templateGenerationKey, "0") }
    }
  }

  static func daemonSetStrategy(_ strategy: inout Object) {
    rolling(&strategy, ["maxSurge": 0, "maxUnavailable": 1])
  }

  static func statefulSetStrategy(_ strategy: inout Object) { rolling(&strategy, ["partition": 0]) }

  private static func rolling(_ strategy: inout Object, _ values: Object) {
    guard strategy["type"]?.string == "RollingUpdate" else { return }
    strategy.setDefault("rollingUpdate", .object([:]))
    strategy.edit("rollingUpdate") { rolling in
      for (name, value) in values { rolling.setDefault(name, value) }
    }
  }

  /// Claim templates are printed as the claims that they are.
  static func statefulSet(_ spec: inout Object) {
    spec.editEach("volumeClaimTemplates") { claim in
      claim.setDefault("kind", "PersistentVolumeClaim")
      claim.setDefault("apiVersion", "v1")
    }
  }

  /// A controller without a selector selects what its template makes.
  static func replicationController(_ controller: inout Object) {
    let labels = controller["spec"]?["template"]?["metadata"]?["labels"]?.object ?? [:]
    if labels.isEmpty { return }
    controller.edit("spec") { spec in
      if spec["selector"]?.object?.isEmpty ?? true { spec["selector"] = .object(labels) }
    }
    inheritLabels(&controller, labels)
  }

  static func job(_ job: inout Object) {
    inheritLabels(&job, job["spec"]?["template"]?["metadata"]?["labels"]?.object ?? [:])
    job.edit("spec") { spec in
      if spec.hasNo("completions"), spec.hasNo("parallelism") { spec["completions"] = 1 }
      spec.setDefault("parallelism", 1)
      spec.setDefault("backoffLimit", spec.hasNo("backoffLimitPerIndex") ? 6 : .int(Int64(Int32.max)))
      spec.setDefault("completionMode", "NonIndexed")
      spec.setDefault("suspend", false)
      spec.setDefault("manualSelector", false)
      spec.setDefault(
        "podReplacementPolicy", spec.hasNo("podFailurePolicy") ? "TerminatingOrFailed" : "Failed")
    }
  }

  /// An object without labels takes those of its pods.
  private static func inheritLabels(_ object: inout Object, _ labels: Object) {
    if labels.isEmpty { return }
    object.edit("metadata") { metadata in
      if metadata["labels"]?.object?.isEmpty ?? true { metadata["labels"] = .object(labels) }
    }
  }
}
