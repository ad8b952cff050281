import Schema
import Values

/// What stands in for a kubelet: the pod's annotations say what its containers logged and what they answer to
/// commands. Each annotation is of one container, with the container's name behind a dot, or of all of them.
///
/// | annotation | what it says |
/// |---|---|
/// | `drydock.dev/log`, `drydock.dev/log.NAME` | what the container logged |
/// | `drydock.dev/previous-log`, `….NAME` | what its former instance logged |
/// | `drydock.dev/exec`, `….NAME` | what commands answer: ``CommandAnswers`` |
struct PodStandIn: Sendable {
  let pod: Value
  let container: PodContainer

  static let log = "drydock.dev/log"
  static let previousLog = "drydock.dev/previous-log"
  static let exec = "drydock.dev/exec"

  var podName: String { pod["metadata"]?["name"]?.string ?? "" }
  var namespace: String { pod["metadata"]?["namespace"]?.string ?? "" }

  /// The annotation of this container, else that of all containers.
  func annotation(_ name: String) -> String? {
    let annotations = pod["metadata"]?["annotations"]
    return annotations?["\(name).\(container.name)"]?.string ?? annotations?[name]?.string
  }

  /// When the container began, as far as the pod tells.
  var started: Timestamp {
    let texts = [pod["status"]?["startTime"], pod["metadata"]?["creationTimestamp"]]
    return texts.lazy.compactMap { $0?.string }.compactMap(Timestamp.init(rfc3339:)).first
      ?? Timestamp(seconds: 0)
  }

  /// Why there is nothing to answer with: 400 in the real server's words for a pod that is on no node, else 503.
  /// - Parameter hint: what to set to get an answer.
  func nothing(_ hint: String) -> StatusError {
    if (pod["spec"]?["nodeName"]?.string ?? "").isEmpty {
      return .badRequest("pod \(podName) does not have a host assigned")
    }
    return .unavailable("no node runs behind this server, and \(hint)")
  }
}
