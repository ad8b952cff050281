import Schema
import Values

/// Which container of a pod a request is about (pkg/registry/core/pod, "validateContainer").
struct PodContainer: Sendable, Equatable {
  let name: String
  /// The container as the pod's spec has it.
  let spec: Value

  /// - Parameter asked: the parameter `container`; empty for the only one there is.
  /// - Throws: 400 for a pod with several, and for one that it doesn't have.
  init(_ asked: String, of pod: Value) throws(StatusError) {
    let podName = pod["metadata"]?["name"]?.string ?? ""
    let containers = pod["spec"]?["containers"]?.array ?? []
    let all = ["initContainers", "containers", "ephemeralContainers"].flatMap {
      pod["spec"]?[$0]?.array ?? []
    }
    func name(_ container: Value) -> String { container["name"]?.string ?? "" }
    if asked.isEmpty {
      guard containers.count <= 1 else {
        throw .badRequest(
          "a container name must be specified for pod \(podName), choose one of: "
            + "[\(all.map(name).joined(separator: " "))]")
      }
      guard let only = containers.first else {
        throw .badRequest("a container name must be specified for pod \(podName)")
      }
      (self.name, spec) = (name(only), only)
    } else {
      guard let found = all.first(where: { name($0) == asked }) else {
        throw .badRequest("container \(asked) is not valid for pod \(podName)")
      }
      (self.name, spec) = (asked, found)
    }
  }
}
