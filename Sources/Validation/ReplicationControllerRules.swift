import Schema
import Values

/// ReplicationControllers.
enum ReplicationControllerRules {
  static let rules = KindRules(
    checksFinalizers: true, content: content, steps: [.metadataUpdate, .content],
    subresources: [
      "status": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        WorkloadRules.replicaStatus(new["status"], &errors)
      }
    ])

  private static let content: ObjectRule = { object, errors in
    let spec = object["spec"]
    errors.nonNegative(spec["minReadySeconds"])
    if spec["selector"].isEmpty { errors.required(spec["selector"]) }
    if spec["replicas"].isSet {
      errors.nonNegative(spec["replicas"])
    } else {
      errors.required(spec["replicas"])
    }
    let template = spec["template"]
    guard template.isSet else {
      errors.required(template)
      return
    }
    let labels = template["metadata"]["labels"]
    let isMatch = spec["selector"].entries.allSatisfy { labels.value?[$0.key] == $0.field.value }
    if !isMatch { errors.invalid(labels, WorkloadRules.mismatchText) }
    PodRules.template(template, &errors)
    WorkloadRules.alwaysRestarts(template["spec"], "ReplicationController", &errors)
  }
}
