import Values

/// The part of a pod that the `resize` subresource writes.
enum PodResize {
  /// Takes the resources of the pod and its containers and their resize policies from the new pod, all else
  /// of the spec and the status from the stored one.
  static func keepAllButResources(_ new: inout Object, _ old: Object) {
    let asked = new["spec"]
    new["spec"] = old["spec"]
    new["status"] = old["status"]
    new.edit("spec") { spec in
      spec["resources"] = asked?["resources"]
      for list in ["containers", "initContainers"] {
        let containers = asked?[list]?.array ?? []
        spec.editEach(list) { container in
          guard let other = containers.first(where: { $0["name"] == container["name"] }) else { return }
          for part in ["resources", "resizePolicy"] { container[part] = other[part] }
        }
      }
    }
  }
}
