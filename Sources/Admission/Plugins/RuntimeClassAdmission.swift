import Schema
import Store
import Values

/// The plugin RuntimeClass: gives pods the overhead and the scheduling constraints of their RuntimeClass
/// (Kubernetes documentation, "Runtime Class", "Pod Overhead").
struct RuntimeClassAdmission: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "RuntimeClass"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), var pod = request.object, let runtime = try runtimeClass(of: pod, request)
    else { return }
    if let overhead = runtime["overhead"]?["podFixed"] {
      if let given = pod["spec"]?["overhead"], !Self.isEqual(given, overhead) {
        throw request.forbidden(Self.mismatch)
      }
      pod.set(overhead, at: ["spec", "overhead"])
    }
    if let scheduling = runtime["scheduling"] { try constrain(&pod, scheduling, request) }
    request.object = pod
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), let pod = request.object else { return }
    let overhead = try runtimeClass(of: pod, request)?["overhead"]?["podFixed"]
    let given = pod["spec"]?["overhead"]
    if let overhead {
      if !Self.isEqual(given, overhead) { throw request.forbidden(Self.mismatch) }
    } else if !(given?.object?.isEmpty ?? true) {
      throw request.forbidden(
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
    }
  }

  private static let mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

  private static func isEqual(_ a: Value?, _ b: Value) -> Bool { PodAmounts.read(a) == PodAmounts.read(b) }

  private func runtimeClass(of pod: Value, _ request: AdmissionRequest) throws(StatusError) -> Value? {
    guard let name = pod["spec"]?["runtimeClassName"]?.string else { return nil }
    guard let found = store.get(.runtimeClasses, ObjectKey(name: name)) else {
      throw request.forbidden("pod rejected: RuntimeClass \(FieldError.quoted(name)) not found")
    }
    return found.value
  }

  private func constrain(
    _ pod: inout Value, _ scheduling: Value, _ request: AdmissionRequest
  ) throws(StatusError) {
    if let wanted = scheduling["nodeSelector"]?.object, !wanted.isEmpty {
      var selector = pod["spec"]?["nodeSelector"]?.object ?? [:]
      for key in wanted.sortedKeys {
        let value = wanted[key]?.string ?? ""
        if let given = selector[key]?.string, given != value {
          throw request.forbidden(
            "conflict: runtimeClass.scheduling.nodeSelector[\(key)] = \(value); "
              + "pod.spec.nodeSelector[\(key)] = \(given)")
        }
        selector[key] = .string(value)
      }
      pod.set(.object(selector), at: ["spec", "nodeSelector"])
    }
    let tolerations = scheduling.list("tolerations")
    if !tolerations.isEmpty {
      let merged = Tolerations.merged(pod["spec"]?.list("tolerations") ?? [], tolerations)
      pod.set(.array(merged), at: ["spec", "tolerations"])
    }
  }
}
