import Values

/// The part of a pod that the `resize` subresource writes.
enum PodResize {
  /// Takes the resources and resize policies of containers from the new pod, all else from the stored one.
  static func keepAllButResources(_ new: inout Object, _ old: Object) {
    let asked = new["spec"]
    new["spec"] = old["spec"]
    new["status"] = old["status"]
    new.edit("spec") { spec in
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
