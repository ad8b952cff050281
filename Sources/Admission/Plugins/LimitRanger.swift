import Schema
import Store
import Values

/// Gives containers the default requests and limits of their namespace's LimitRanges and keeps pods and
/// volume claims within the bounds (Kubernetes documentation, "Limit Ranges").
struct LimitRanger: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "LimitRanger"
  let store: ObjectStore

  private static let annotation = "kubernetes.io/limit-ranger"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  /// Pods can't change their resources after they are made, but by `resize`.
  private func concerns(_ request: AdmissionRequest) -> Bool {
    let isUpdate = request.operation == .update
    if isUpdate, request.oldObject?["metadata"]?["deletionTimestamp"] != nil { return false }
    return request.concerns(.claims) || (request.concerns(.pods) && !isUpdate)
      || (request.concerns(.pods, "resize") && isUpdate)
  }

  private func ranges(_ namespace: String) -> [Value] {
    store.list(.limitRanges, namespace: namespace).map { $0.value }
  }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard concerns(request), request.resource.groupResource == .pods, var pod = request.object else { return }
    for range in ranges(request.namespace) { Self.applyDefaults(of: range, to: &pod) }
    request.object = pod
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard concerns(request), let object = request.object else { return }
    for range in ranges(request.namespace) {
      let problems =
        request.resource.groupResource == .pods
        ? LimitRangeCheck.pod(object, range) : LimitRangeCheck.claim(object, range)
      if !problems.isEmpty { throw request.forbidden(aggregated(problems)) }
    }
  }

  // MARK: - Defaults

  private static func applyDefaults(of range: Value, to pod: inout Value) {
    var requests = Object()
    var limits = Object()
    for limit in range["spec"]?.list("limits") ?? [] where limit.text("type") == "Container" {
      for (name, amount) in limit["defaultRequest"]?.object ?? [:] { requests[name] = amount }
      for (name, amount) in limit["default"]?.object ?? [:] { limits[name] = amount }
    }
    if requests.isEmpty, limits.isEmpty { return }
    var notes: [String] = []
    for list in [ContainerList.containers, .initContainers] {
      pod["spec"]?.editContainers(list) { container in
        for (field, defaults, word) in [("requests", requests, "request"), ("limits", limits, "limit")] {
          let set = fill(&container, field, defaults)
          if set.isEmpty { continue }
          let names = set.sortedAsBytes().joined(separator: ", ")
          notes.append("\(names) \(word) for \(list.word) \(container.text("name"))")
        }
      }
    }
    if notes.isEmpty { return }
    pod.set(
      .string("LimitRanger plugin set: " + notes.joined(separator: "; ")),
      at: ["metadata", "annotations", annotation])
  }

  /// - Returns: the names of the resources that were missing.
  private static func fill(_ container: inout Value, _ field: String, _ defaults: Object) -> [String] {
    let given = container["resources"]?[field]?.object
    let missing = defaults.filter { name, _ in !(given?.contains(name) ?? false) }
    for (name, amount) in missing { container.set(amount, at: ["resources", field, name]) }
    return missing.keys
  }
}
