import Schema
import Store
import Values

/// Adds to pods the tolerations of their namespace and keeps them within those that it allows
/// (annotations `scheduler.alpha.kubernetes.io/defaultTolerations` and `…/tolerationsWhitelist`).
struct PodTolerationRestriction: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "PodTolerationRestriction"
  let store: ObjectStore
  var settings = TolerationSettings()

  private static let prefix = "scheduler.alpha.kubernetes.io/"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let pod = request.object else { return }
    let given = pod["spec"]?.list("tolerations") ?? []
    var merged = given
    if request.operation == .create {
      let defaults = try tolerations("defaultTolerations", request) ?? settings.defaults
      if !defaults.isEmpty { merged = given.isEmpty ? defaults : Tolerations.merged(defaults, given) }
    }
    // Pods that are promised memory need not be kept from nodes that run short of it.
    if PodResources.qosClass(ofSpec: pod["spec"]?.object ?? [:]) != "BestEffort" {
      let pressure = Tolerations.exists("node.kubernetes.io/memory-pressure", effect: "NoSchedule")
      merged = Tolerations.merged(merged, [pressure])
    }
    if merged != given { request.object?.set(.array(merged), at: ["spec", "tolerations"]) }
    try await validate(request)
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let pod = request.object else { return }
    let allowed = try tolerations("tolerationsWhitelist", request) ?? settings.allowed
    if allowed.isEmpty { return }
    for toleration in pod["spec"]?.list("tolerations") ?? []
    where !allowed.contains(where: { Tolerations.covers($0, toleration) }) {
      // The real server's plugin returns a plain error.
      throw .unexpected(
        "pod tolerations (possibly merged with namespace default tolerations) "
          + "conflict with its namespace whitelist")
    }
  }

  private func tolerations(_ name: String, _ request: AdmissionRequest) throws(StatusError) -> [Value]? {
    let namespace = store.get(.namespaces, ObjectKey(name: request.namespace))?.value
    guard let text = namespace?.annotation(Self.prefix + name), !text.isEmpty else { return nil }
    guard let list = (try? JSON.parse(Array(text.utf8)))?.array else {
      throw request.forbidden("the namespace's annotation \(Self.prefix)\(name) is not a list of tolerations")
    }
    return list
  }
}
