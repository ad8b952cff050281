import Schema
import Values

/// Lets pods stay on a node for some minutes after it is no longer ready or can no longer be reached
/// (Kubernetes documentation, "Taints and Tolerations").
struct DefaultTolerationSeconds: MutatingAdmissionPlugin {
  let name = "DefaultTolerationSeconds"
  /// The flags `--default-not-ready-toleration-seconds` and `--default-unreachable-toleration-seconds`.
  let notReadySeconds: Int64
  let unreachableSeconds: Int64

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let spec = request.object?["spec"] else { return }
    let given = spec.list("tolerations")
    var tolerations = given
    for (taint, seconds) in [
      ("node.kubernetes.io/not-ready", notReadySeconds),
      ("node.kubernetes.io/unreachable", unreachableSeconds),
    ] where !Self.tolerates(given, taint) {
      tolerations.append(Tolerations.exists(taint, effect: "NoExecute", seconds: seconds))
    }
    if tolerations.count != given.count { request.object?["spec"]?["tolerations"] = .array(tolerations) }
  }

  private static func tolerates(_ tolerations: [Value], _ taint: String) -> Bool {
    tolerations.contains { toleration in
      [taint, ""].contains(toleration.text("key")) && ["NoExecute", ""].contains(toleration.text("effect"))
    }
  }
}
