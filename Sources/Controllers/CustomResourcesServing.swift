import APIServer
import Schema
import Security
import Values

/// One CustomResourceDefinition as it is served.
struct CustomResourceServing: Sendable {
  /// What of the definition bears on how it is served.
  struct Basis: Equatable, Sendable {
    var uid: String
    var spec: Value?
    var names: Value?
    var isTerminating: Bool

    init(_ definition: Value) {
      uid = definition["metadata"]?["uid"]?.string ?? ""
      spec = definition["spec"]
      names = definition["status"]?["acceptedNames"]
      isTerminating = CustomResourceDefinitions.isTrue(definition, "Terminating")
    }

    /// The stored version's name and schema: what decides how stored objects are read.
    var storage: Value? {
      let version = spec?["versions"]?.array?.first { $0["storage"]?.bool == true }
      return version.map { ["name": $0["name"] ?? "", "schema": $0["schema"] ?? [:]] }
    }
  }

  let basis: Basis
  /// A resource for every served version.
  let resources: [APIResource]
  let versions: [GroupVersionKind: ServedAPI.CustomVersion]
  private let renewsOnRead: Bool

  /// - Parameter before: how it was served before the definition changed.
  static func of(_ definition: Value, before: CustomResourceServing?) -> CustomResourceServing {
    let basis = Basis(definition)
    guard let before, before.basis.uid == basis.uid else {
      return CustomResourceServing(basis, renewsOnRead: false)
    }
    if before.basis == basis { return before }
    let renewsOnRead = before.renewsOnRead || before.basis.storage != basis.storage
    return CustomResourceServing(basis, renewsOnRead: renewsOnRead)
  }

  private init(_ basis: Basis, renewsOnRead: Bool) {
    self.basis = basis
    self.renewsOnRead = renewsOnRead
    let spec = basis.spec
    let group = spec?["group"]?.string ?? ""
    let all = spec?["versions"]?.array ?? []
    let storage = all.first { $0["storage"]?.bool == true }
    let kind = basis.names?["kind"]?.string ?? ""
    let listKind = basis.names?["listKind"]?.string ?? ""
    var resources: [APIResource] = []
    var versions: [GroupVersionKind: ServedAPI.CustomVersion] = [:]
    for version in all {
      let name = version["name"]?.string ?? ""
      let groupVersion = GroupVersion(group: group, version: name)
      let isServed = version["served"]?.bool == true
      var served = Self.version(
        version, groupVersion.kind(kind), storage: storage?["name"]?.string ?? name, listKind: listKind,
        isServed: isServed)
      served.renewsOnRead = renewsOnRead
      served.isTerminating = basis.isTerminating
      served.warning = CustomResourceVersions.warning(version, group: group, kind: kind, all: all)
      versions[groupVersion.kind(kind)] = served
      if isServed {
        resources.append(
          Self.resource(version, groupVersion, basis, storageVersion: storage?["name"]?.string ?? name))
      }
    }
    let types = Dictionary(versions.map { ($0.key.apiVersion, $0.value.type) }) { $1 }
    self.resources = resources
    self.versions = versions.mapValues { version in
      var version = version
      version.types = types
      return version
    }
  }

  private static func version(
    _ version: Value, _ kind: GroupVersionKind, storage: String, listKind: String, isServed: Bool
  ) -> ServedAPI.CustomVersion {
    let schema = version["schema"]?["openAPIV3Schema"] ?? ["type": "object"]
    let structural = StructuralSchema(schema)
    let group = kind.group.split(separator: ".").reversed().joined(separator: ".")
    var served = ServedAPI.CustomVersion(
      type: structural.rootType(name: "\(group).\(kind.version).\(kind.kind)"), storageVersion: storage,
      listKind: listKind,
      selectableFields: (version["selectableFields"]?.array ?? []).compactMap {
        $0["jsonPath"]?.string.map { String($0.drop { $0 == "." }) }
      },
      columns: version["additionalPrinterColumns"]?.array, schema: isServed ? schema : nil,
      scale: version["subresources"]?["scale"])
    served.structural = structural
    return served
  }

  private static let verbs = [
    "delete", "deletecollection", "get", "list", "patch", "create", "update", "watch",
  ]
  private static let subresourceVerbs = ["get", "patch", "update"]

  private static func resource(
    _ version: Value, _ groupVersion: GroupVersion, _ basis: Basis, storageVersion: String
  ) -> APIResource {
    let kind = basis.names?["kind"]?.string ?? ""
    var subresources: [APIResource.Subresource] = []
    if version["subresources"]?["status"] != nil {
      subresources.append(.init(name: "status", kind: groupVersion.kind(kind), verbs: subresourceVerbs))
    }
    if version["subresources"]?["scale"] != nil {
      let scale = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
      subresources.append(.init(name: "scale", kind: scale, verbs: subresourceVerbs))
    }
    return APIResource(
      groupVersion: groupVersion, name: basis.names?["plural"]?.string ?? "",
      singularName: basis.names?["singular"]?.string ?? "", kind: kind,
      isNamespaced: basis.spec?["scope"]?.string == "Namespaced", verbs: verbs,
      shortNames: basis.names?["shortNames"]?.strings ?? [],
      categories: basis.names?["categories"]?.strings ?? [],
      storageVersionHash: hash("\(groupVersion.group)/\(storageVersion)/\(kind)"), subresources: subresources,
      isCustom: true)
  }

  /// What tells the kinds that objects are stored as apart
  /// (k8s.io/apiserver, endpoints/discovery/storageversionhash.go).
  private static func hash(_ kind: String) -> String {
    Base64.encode(Array(Digest.sha256(Array(kind.utf8)).prefix(8)))
  }

  /// Groups by name, versions by preference, resources by name.
  static func inDiscoveryOrder(_ resources: [APIResource]) -> [APIResource] {
    resources.sorted { a, b in
      if a.groupVersion.group != b.groupVersion.group { return a.groupVersion.group < b.groupVersion.group }
      if a.groupVersion.version != b.groupVersion.version {
        return CustomResourceVersions.isPreferred(a.groupVersion.version, to: b.groupVersion.version)
      }
      return a.name < b.name
    }
  }
}
