import Schema
import Values

/// What may change in a pod's resources while it runs (KEP-1287).
enum PodResizeRules {
  static let change: ChangeRule = { new, old, errors in
    PodRules.rules.metadataUpdate(new, old, &errors)
    PodRules.rules.metadata(new, isNamespaced: true, &errors)
    PodRules.rules.content(new, &errors)
    let spec = new["spec"]
    if old["metadata"]?["annotations"]?[PodRules.mirrorAnnotation] != nil {
      errors = [.forbidden("", "static pods cannot be resized")]
      return
    }
    if old["spec"]?["os"]?["name"]?.string == "windows" {
      errors = [.forbidden("", "windows pods cannot be resized")]
      return
    }
    let quality = QualityOfService.of(old["spec"] ?? .null)
    if (old["status"]?["qosClass"]?.string ?? quality) != QualityOfService.of(spec.value ?? .null) {
      errors.invalid(
        spec, showing: .string(new["status"]["qosClass"].text),
        "Pod QOS Class may not change as a result of resizing")
    }
    guard isSameOrder(spec, old["spec"] ?? .null, &errors) else { return }
    containers(spec, old["spec"] ?? .null, &errors)
  }

  private static func isSameOrder(_ spec: Field, _ old: Value, _ errors: inout Findings) -> Bool {
    let before = errors.count
    for name in ["containers", "initContainers"] {
      let olds = old[name]?.array ?? []
      if spec[name].count != olds.count {
        errors.forbidden(spec[name], "\(name) may not be added or removed on resize")
        continue
      }
      for (container, old) in zip(spec[name].elements, olds) where container["name"].value != old["name"] {
        errors.forbidden(container["name"], "\(name) may not be renamed or reordered on resize")
      }
    }
    return errors.count == before
  }

  private static func containers(_ spec: Field, _ old: Value, _ errors: inout Findings) {
    var rest = spec.value ?? .null
    for name in ["initContainers", "containers"] {
      for (i, container) in spec[name].elements.enumerated() {
        guard let before = old[name]?.array?[i] else { continue }
        let isSidecar = container["restartPolicy"].text == "Always"
        if name == "containers" || isSidecar {
          removed(container["resources"], before["resources"], &errors)
        }
        let kept = keepingCompute(container.value ?? .null, before)
        if kept != before {
          if name == "containers" {
            errors.forbidden(spec, "only cpu and memory resources are mutable")
          } else if isSidecar {
            errors.forbidden(
              container, "only cpu and memory resources for init or sidecar containers are mutable")
          }
        }
        if name == "initContainers", !isSidecar, container.value != before {
          errors.forbidden(spec, "resources for non-sidecar init containers are immutable")
        }
        if var list = rest[name]?.array {
          list[i] = before
          rest[name] = .array(list)
        }
      }
    }
    if errors.isEmpty, rest != old { errors.forbidden(spec, "only cpu and memory resources are mutable") }
  }

  private static func removed(_ new: Field, _ old: Value?, _ errors: inout Findings) {
    for (name, word) in [("requests", "requests"), ("limits", "limits")] {
      for key in (old?[name]?.object ?? [:]).keys where !new[name].key(key).isSet {
        errors.forbidden(new[name], "resource \(word) cannot be removed")
        break
      }
    }
  }

  /// The container with the amounts of processor and memory that it had.
  private static func keepingCompute(_ container: Value, _ old: Value) -> Value {
    var container = container
    for name in ["limits", "requests"] {
      var list = container["resources"]?[name]?.object ?? [:]
      for key in ["cpu", "memory"] { list[key] = old["resources"]?[name]?[key] }
      let before = old["resources"]?[name]
      let result: Value? = list.isEmpty && before == nil ? nil : .object(list)
      container.set(result, at: ["resources", name])
    }
    return container
  }
}

/// The class of service that a pod's resources give it (Kubernetes docs, "Pod Quality of Service Classes").
enum QualityOfService {
  static func of(_ spec: Value) -> String {
    let containers = (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])
    var isGuaranteed = true
    var isBestEffort = true
    for container in containers {
      let limits = container["resources"]?["limits"]?.object ?? [:]
      let requests = container["resources"]?["requests"]?.object ?? [:]
      for name in ["cpu", "memory"] {
        if limits[name] != nil || requests[name] != nil { isBestEffort = false }
        if limits[name] == nil || (requests[name] ?? limits[name]) != limits[name] { isGuaranteed = false }
      }
    }
    return isBestEffort ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
  }
}
