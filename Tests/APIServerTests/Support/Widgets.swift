import Schema
import Values

@testable import APIServer

/// A custom kind in two versions, of which `v1` is stored.
enum Widgets {
  static func serve(on api: TestAPI) {
    var resources: [APIResource] = []
    var versions: [GroupVersionKind: ServedAPI.CustomVersion] = [:]
    let type = ObjectType(name: "Widget", preservesUnknownFields: true)
    for version in ["v1", "v2"] {
      let groupVersion = GroupVersion(group: "example.com", version: version)
      let kind = groupVersion.kind("Widget")
      resources.append(
        APIResource(
          groupVersion: groupVersion, name: "widgets", singularName: "widget", kind: "Widget",
          isNamespaced: true,
          verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
          subresources: [
            .init(
              name: "scale", kind: GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
              verbs: ["get", "patch", "update"])
          ], isCustom: true))
      var custom = ServedAPI.CustomVersion(type: type, storageVersion: "v1", listKind: "WidgetList")
      custom.scale = ["specReplicasPath": ".spec.count", "statusReplicasPath": ".status.count"]
      custom.types = ["example.com/v1": type, "example.com/v2": type]
      versions[kind] = custom
    }
    api.server.changeServed { _ in
      ServedAPI(catalog: APICatalog.builtIn.adding(resources), customVersions: versions)
    }
  }

  static func example(_ name: String, version: String = "v1", count: Int64 = 1) -> Value {
    [
      "apiVersion": .string("example.com/\(version)"), "kind": "Widget", "metadata": ["name": .string(name)],
      "spec": ["count": .int(count)],
    ]
  }
}
