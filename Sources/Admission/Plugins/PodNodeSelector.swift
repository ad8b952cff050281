import Schema
import Store
import Values

/// Adds to pods the node selector of their namespace
/// (annotation `scheduler.alpha.kubernetes.io/node-selector`).
struct PodNodeSelector: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "PodNodeSelector"
  let store: ObjectStore
  var settings = NodeSelectorSettings()

  private static let annotation = "scheduler.alpha.kubernetes.io/node-selector"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let pod = request.object else { return }
    let wanted = try selector(request)
    try check(pod, wanted, request)
    if wanted.isEmpty { return }
    var selector = pod["spec"]?["nodeSelector"]?.object ?? [:]
    for (key, value) in wanted { selector[key] = value }
    request.object?.set(.object(selector), at: ["spec", "nodeSelector"])
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let pod = request.object else { return }
    try check(pod, try selector(request), request)
  }

  private func check(_ pod: Value, _ wanted: Object, _ request: AdmissionRequest) throws(StatusError) {
    let given = pod["spec"]?["nodeSelector"]?.object ?? [:]
    for (key, value) in wanted where given[key] != nil && given[key] != value {
      throw request.forbidden("pod node label selector conflicts with its namespace node label selector")
    }
    guard let allowed = settings.allowed[request.namespace], !allowed.isEmpty else { return }
    for (key, value) in given where allowed[key] != value {
      throw request.forbidden("pod node label selector labels conflict with its namespace whitelist")
    }
  }

  /// The namespace's selector, else the cluster's.
  private func selector(_ request: AdmissionRequest) throws(StatusError) -> Object {
    let namespace = store.get(.namespaces, ObjectKey(name: request.namespace))?.value
    guard let text = namespace?.annotation(Self.annotation) else { return settings.clusterDefault }
    do throws(NodeSelectorText.Failure) { return try NodeSelectorText.labels(text) } catch {
      throw .unexpected(error.description)
    }
  }
}

/// Labels that a node must have, as text: `key=value,…`.
enum NodeSelectorText {
  /// Why a text is no such list.
  struct Failure: Error { var description: String }

  static func labels(_ text: String) throws(Failure) -> Object {
    var labels = Object()
    if text.isEmpty { return labels }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw Failure(description: "invalid selector: [\(sides.joined(separator: " "))]")
      }
      labels[trimmed(sides[0])] = .string(trimmed(sides[1]))
    }
    return labels
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
