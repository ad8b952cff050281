import Schema
import Values

/// Resources whose objects are stored in another version or under another group than they are asked for.
enum StorageVersions {
  private static let coreEvents = GroupResource(group: "", resource: "events")

  static func of(_ resource: APIResource) -> (GroupResource, GroupVersionKind) {
    switch resource.groupResource.description {
    case "events.events.k8s.io", "events":
      return (coreEvents, GroupVersionKind(group: "", version: "v1", kind: "Event"))
    case "horizontalpodautoscalers.autoscaling":
      return (
        resource.groupResource,
        GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler")
      )
    default:
      return (resource.groupResource, resource.groupVersionKind)
    }
  }

  /// The other versions in which fields of a built-in kind may be owned.
  static func fieldVersions(of kind: GroupVersionKind) -> FieldManager.Versions {
    let versions: Set<String>
    switch (kind.group, kind.kind) {
    case ("", "Event"), ("events.k8s.io", "Event"): versions = ["v1", "events.k8s.io/v1"]
    case ("autoscaling", "HorizontalPodAutoscaler"): versions = ["autoscaling/v1", "autoscaling/v2"]
    default: return .one
    }
    @Sendable func other(_ apiVersion: String) -> GroupVersionKind? {
      versions.contains(apiVersion) ? GroupVersion(apiVersion: apiVersion)?.kind(kind.kind) : nil
    }
    return FieldManager.Versions(
      convert: { object, apiVersion in other(apiVersion).map { KindConversion.convert(object, to: $0) } },
      type: { other($0).flatMap { TypeTable.builtIn.type(of: $0) } })
  }
}
