import Schema
import Values

/// What may change in a pod's resources while it runs (KEP-1287, KEP-5419).
enum PodResizeRules {
  static let change: ChangeRule = { new, old, errors in
    PodRules.rules.metadataUpdate(new, old, &errors)
    PodRules.rules.metadata(new, isNamespaced: true, &errors)
    PodRules.rules.content(new, &errors)
    let (spec, before) = (new["spec"], old["spec"] ?? .null)
    if old["metadata"]?["annotations"]?[PodRules.mirrorAnnotation] != nil {
      errors = [.forbidden("", "static pods cannot be resized")]
      return
    }
    if before["os"]?["name"]?.string == "windows" {
      errors = [.forbidden("", "windows pods cannot be resized")]
      return
    }
    let quality = PodResources.qosClass(ofSpec: before.object ?? [:])
    let given = old["status"]?["qosClass"]?.string ?? ""
    if (given.isEmpty ? quality : given) != PodResources.qosClass(ofSpec: spec.object ?? [:]) {
      errors.invalid(
        spec, showing: .string(new["status"]["qosClass"].text),
        "Pod QOS Class may not change as a result of resizing")
    }
    if !nodeCanResize(old["status"]) {
      errors.forbidden(spec, "Pod running on node without support for resize")
    }
    var rest = spec.value ?? .null
    podLevel(spec, before, &rest, &errors)
    guard isSameOrder(spec, before, &errors) else { return }
    containers(spec, before, &rest, &errors)
    if errors.isEmpty, rest != before { errors.forbidden(spec, onlyCompute) }
  }

  private static let onlyCompute = "only cpu and memory resources are mutable"

  /// A kubelet that can resize tells the resources of containers that run.
  private static func nodeCanResize(_ status: Value?) -> Bool {
    let running = (status?["containerStatuses"]?.array ?? []).first { $0["state"]?["running"] != nil }
    return running.map { $0["resources"] != nil } ?? true
  }

  // MARK: - Pod level

  private static func podLevel(
    _ spec: Field, _ old: Value, _ rest: inout Value, _ errors: inout Findings
  ) {
    let before = old["resources"]
    func isGiven(_ resources: Value?) -> Bool {
      ["requests", "limits"].contains { !(resources?[$0]?.object ?? [:]).isEmpty }
    }
    guard isGiven(before) || isGiven(spec["resources"].value) else { return }
    if before != nil, !spec["resources"].isSet {
      return errors.forbidden(spec["resources"], "pod-level resources cannot be removed")
    }
    removed(spec["resources"], before, "pod-level resource", &errors)
    var kept = rest["resources"] ?? .object([:])
    keepCompute(&kept, before)
    rest["resources"] = before == nil && !isGiven(kept) && (kept["claims"]?.array ?? []).isEmpty ? nil : kept
    if rest["resources"] != before { errors.forbidden(spec, "\(onlyCompute) at pod-level") }
  }

  // MARK: - Containers

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

  private static func containers(
    _ spec: Field, _ old: Value, _ rest: inout Value, _ errors: inout Findings
  ) {
    for name in ["initContainers", "containers"] {
      for (container, before) in zip(spec[name].elements, old[name]?.array ?? []) {
        removed(container["resources"], before["resources"], "resource", &errors)
      }
    }
    for name in ["containers", "initContainers"] {
      let olds = old[name]?.array ?? []
      for (container, before) in zip(spec[name].elements, olds) {
        var kept = container.value ?? .null
        var resources = kept["resources"] ?? .object([:])
        keepCompute(&resources, before["resources"])
        kept["resources"] = before["resources"] == nil && resources.isEmptyPart ? nil : resources
        let isInit = name == "initContainers"
        if kept != before {
          errors.forbidden(
            isInit ? container : spec,
            isInit ? "only cpu and memory resources for init or sidecar containers are mutable" : onlyCompute)
        }
        if isInit, container["restartPolicy"].text != "Always", container.value != before {
          for policy in container["resizePolicy"].elements
          where policy["restartPolicy"].text == "RestartContainer" {
            errors.forbidden(
              container,
              "non-sidecar init containers with a resize policy of RestartContainer cannot be resized")
          }
        }
      }
      if !olds.isEmpty { rest[name] = .array(olds) }
    }
  }

  private static func removed(_ new: Field, _ old: Value?, _ what: String, _ errors: inout Findings) {
    for name in ["requests", "limits"] {
      let names = (old?[name]?.object ?? [:]).keys
      if names.contains(where: { !new[name].key($0).isSet }) {
        errors.forbidden(new[name], "\(what) \(name) cannot be removed")
      }
    }
  }

  /// Gives the resources the amounts of processor and memory that they had.
  private static func keepCompute(_ resources: inout Value, _ old: Value?) {
    for name in ["limits", "requests"] {
      let before = old?[name]
      var list = resources[name]?.object ?? [:]
      for key in ["cpu", "memory"] { list[key] = before?[key] }
      resources[name] = list.isEmpty && (before?.object ?? [:]).isEmpty ? before : .object(list)
    }
  }
}
