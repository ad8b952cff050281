import Schema
import Values

/// What is noted of a webhook's call: warnings for the client, annotations for the audit log.
struct HookNotes: Sendable {
  let request: AdmissionRequest
  let hook: AdmissionHook
  let round: Int
  /// The webhook's place among all of its kind.
  let index: Int

  /// What the webhook itself wants noted; its annotations go below its name.
  func take(_ answer: AdmissionAnswer) {
    for (key, value) in answer.annotations where LabelSyntax.keyProblems("\(hook.name)/\(key)").isEmpty {
      request.annotate("\(hook.name)/\(key)", value)
    }
    for warning in answer.warnings { request.warn(warning) }
  }

  /// Whether the webhook changed the object.
  func mutation(_ changed: Bool) {
    let note: Value = [
      "configuration": .string(hook.configuration), "webhook": .string(hook.name), "mutated": .bool(changed),
    ]
    request.annotate(
      "mutation.webhook.admission.k8s.io/round_\(round)_index_\(index)", JSON.text(note))
  }

  /// What the webhook changed; only for those who may see the objects.
  /// - Parameter operations: of its JSON patch.
  func patch(_ operations: [Value]) {
    let note: Value = [
      "configuration": .string(hook.configuration), "webhook": .string(hook.name),
      "patch": .array(operations), "patchType": "JSONPatch",
    ]
    request.annotateContent("patch.webhook.admission.k8s.io/round_\(round)_index_\(index)", JSON.text(note))
  }

  /// The webhook could not be asked, and the request goes on without it.
  /// - Parameter type: `mutating` or `validating`.
  func failedOpen(_ type: String) {
    let key = "failed-open.\(type == "mutating" ? "mutation" : type).webhook.admission.k8s.io"
    request.annotate("\(key)/round_\(round)_index_\(index)", hook.name)
  }
}
