import Schema
import Store
import Values

/// Refuses to resize a pod beyond what its node has, or on a node that can't do it
/// (KEP-1287, In-place Update of Pod Resources).
struct PodResizeValidator: ValidatingAdmissionPlugin {
  let name = "PodResizeValidator"
  let store: ObjectStore

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods, "resize"), let pod = request.object,
      let node = pod["spec"]?.text("nodeName"), !node.isEmpty,
      pod["metadata"]?["generation"] != request.oldObject?["metadata"]?["generation"]
    else { return }
    guard let stored = store.get(GroupResource.nodes, ObjectKey(name: node))?.value else {
      throw request.forbidden("node \(FieldError.quoted(node)) not found")
    }
    let lacking = Self.lacking(pod, stored["status"]?["allocatable"])
    if !lacking.isEmpty {
      throw Self.refusal(
        request, "Node didn't have enough allocatable resources: " + lacking.joined(separator: "; "),
        "NodeCapacity")
    }
    let system = stored["metadata"]?["labels"]?.text("kubernetes.io/os") ?? ""
    if system != "linux" {
      throw Self.refusal(
        request,
        "pod resize is only supported on linux nodes, node \(FieldError.quoted(node)) is "
          + FieldError.quoted(system), "UnsupportedPlatform")
    }
  }

  /// What the pod requests more of than the node has, in millicores and bytes.
  private static func lacking(_ pod: Value, _ allocatable: Value?) -> [String] {
    let requests = PodAmounts.ofPod(pod["spec"] ?? [:], "requests")
    let there = PodAmounts.read(allocatable)
    func amount(_ resource: String) -> (Quantity, Quantity) {
      (requests[resource] ?? .zero, there[resource] ?? .zero)
    }
    var lacking: [String] = []
    let (cpu, cpuThere) = amount("cpu")
    if cpu.milliValue > cpuThere.milliValue {
      lacking.append("cpu, requested: \(cpu.milliValue), allocatable: \(cpuThere.milliValue)")
    }
    let (memory, memoryThere) = amount("memory")
    if memory.value > memoryThere.value {
      lacking.append("memory, requested: \(memory.value), allocatable: \(memoryThere.value)")
    }
    return lacking
  }

  private static func refusal(_ request: AdmissionRequest, _ text: String, _ cause: String) -> StatusError {
    var error = request.forbidden(text)
    error.details?.causes.append(.init(reason: cause, message: ""))
    return error
  }
}
