import Schema
import Values

/// How the objects of a kind look as a Scale: where they keep what it shows.
struct ScaleView: Sendable {
  var specReplicas: [String] = ["spec", "replicas"]
  var statusReplicas: [String] = ["status", "replicas"]
  /// Nil: no selector.
  var selector: [String]? = ["spec", "selector"]

  /// The paths that a CustomResourceDefinition names, such as `.spec.replicas`.
  init(custom: Value) {
    func keys(_ name: String) -> [String]? {
      custom[name]?.string.map { $0.split(separator: ".").map(String.init) }
    }
    specReplicas = keys("specReplicasPath") ?? specReplicas
    statusReplicas = keys("statusReplicasPath") ?? statusReplicas
    selector = keys("labelSelectorPath")
  }

  init() {}

  /// `.spec.replicas`, as a definition names it.
  var specText: String { "." + specReplicas.joined(separator: ".") }

  /// An object as autoscaling/v1 Scale.
  @Sendable func scale(of object: Value) -> Value {
    var metadata = Object()
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      metadata[key] = object["metadata"]?[key]
    }
    var spec = Object()
    if let replicas = value(object, specReplicas)?.int, replicas != 0 {
      spec["replicas"] = .int(replicas)
    }
    var status: Object = ["replicas": value(object, statusReplicas) ?? 0]
    if let path = selector, let selector = value(object, path) {
      let text = selector.string ?? selectorText(selector)
      if !text.isEmpty { status["selector"] = .string(text) }
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata), "spec": .object(spec),
      "status": .object(status),
    ]
  }

  /// What an object has at a path.
  func value(_ object: Value, _ path: [String]) -> Value? {
    var here: Value? = object
    for key in path { here = here?[key] }
    return here
  }

  /// A label selector object, or the plain map of a ReplicationController, as text.
  private func selectorText(_ selector: Value) -> String {
    let isPlain = selector["matchLabels"] == nil && selector["matchExpressions"] == nil
    let value: Value = isPlain ? ["matchLabels": selector] : selector
    return (try? LabelSelector(value))?.description ?? ""
  }
}
