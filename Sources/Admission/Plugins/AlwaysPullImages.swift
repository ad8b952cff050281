import Schema
import Values

/// Makes every start of a container pull its image, so that images of a node's other users can't be had
/// without the right to pull them.
struct AlwaysPullImages: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "AlwaysPullImages"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  private func concerns(_ request: AdmissionRequest) -> Bool {
    guard request.concerns(.pods) || request.concerns(.pods, "ephemeralcontainers") else { return false }
    guard request.operation == .update, let new = request.object, let old = request.oldObject else {
      return true
    }
    return !Self.images(new).isSubset(of: Self.images(old))
  }

  private static func images(_ pod: Value) -> Set<String> {
    Set((pod["spec"]?.containers() ?? []).map { $0.text("image") })
  }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard concerns(request) else { return }
    for list in ContainerList.allCases {
      request.object?["spec"]?.editContainers(list) { $0["imagePullPolicy"] = "Always" }
    }
    request.object?["spec"]?["volumes"]?.mutateArray { volumes in
      for index in volumes.indices where volumes[index]["image"] != nil {
        volumes[index].set("Always", at: ["image", "pullPolicy"])
      }
    }
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard concerns(request), let spec = request.object?["spec"] else { return }
    var errors: [FieldError] = []
    for list in ContainerList.allCases {
      for (index, container) in spec.list(list.rawValue).enumerated()
      where container.text("imagePullPolicy") != "Always" {
        errors.append(
          .notSupported(
            FieldPath("spec").child(list.rawValue).index(index).child("imagePullPolicy"),
            .string(container.text("imagePullPolicy")), ["Always"]))
      }
    }
    if !errors.isEmpty { throw request.forbidden(aggregated(errors.map(\.description))) }
  }
}
