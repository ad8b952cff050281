import Values

/// The groups, versions and resources that are served, at one moment. Custom resources come and go, so
/// that whoever answers a request takes one catalog and keeps it to the end.
public struct APICatalog: Sendable {
  public struct Group: Sendable {
    public var name: String
    /// In order of preference.
    public var versions: [Version]

    public init(name: String, versions: [Version]) {
      self.name = name
      self.versions = versions
    }
  }

  public struct Version: Sendable {
    public var name: String
    public var resources: [APIResource]

    public init(name: String, resources: [APIResource]) {
      self.name = name
      self.resources = resources
    }
  }

  /// In the order in which discovery lists them, the core group first.
  public private(set) var groups: [Group]
  private var byResource: [GroupVersionResource: APIResource] = [:]
  private var byKind: [GroupVersionKind: APIResource] = [:]

  public init(groups: [Group]) {
    self.groups = groups
    for resource in groups.lazy.flatMap(\.versions).flatMap(\.resources) {
      byResource[resource.groupVersionResource] = resource
      // A kind of two resources (none so far) would belong to the first.
      if !resource.verbs.isEmpty, byKind[resource.groupVersionKind] == nil {
        byKind[resource.groupVersionKind] = resource
      }
    }
  }

  /// What Kubernetes 1.36 serves.
  public static let builtIn = APICatalog(groups: CatalogReader.groups(ResourceData.catalog.parsed()))

  public func resource(_ name: GroupVersionResource) -> APIResource? { byResource[name] }

  public func resource(of kind: GroupVersionKind) -> APIResource? { byKind[kind] }

  public func group(_ name: String) -> Group? { groups.first { $0.name == name } }

  public func version(_ version: GroupVersion) -> Version? {
    group(version.group)?.versions.first { $0.name == version.version }
  }

  /// The resource in the version that its group prefers.
  public func preferred(_ name: GroupResource) -> APIResource? {
    for version in group(name.group)?.versions ?? [] {
      if let found = version.resources.first(where: { $0.name == name.resource }) { return found }
    }
    return nil
  }

  /// The catalog with more resources. A group that is not there yet is added at the end; a version of a
  /// group is added behind those it has.
  public func adding(_ resources: [APIResource]) -> APICatalog {
    var groups = groups
    for resource in resources {
      let g = groups.firstIndex { $0.name == resource.groupVersion.group } ?? groups.endIndex
      if g == groups.endIndex { groups.append(Group(name: resource.groupVersion.group, versions: [])) }
      let v =
        groups[g].versions.firstIndex { $0.name == resource.groupVersion.version }
        ?? groups[g].versions.endIndex
      if v == groups[g].versions.endIndex {
        groups[g].versions.append(Version(name: resource.groupVersion.version, resources: []))
      }
      groups[g].versions[v].resources.append(resource)
    }
    return APICatalog(groups: groups)
  }
}

private enum CatalogReader {
  static func groups(_ table: Object) -> [APICatalog.Group] {
    (table["groups"]?.array ?? []).map { group in
      let name = group["name"]?.string ?? ""
      return APICatalog.Group(
        name: name,
        versions: (group["versions"]?.array ?? []).map { version in
          let groupVersion = GroupVersion(group: name, version: version["version"]?.string ?? "")
          return APICatalog.Version(
            name: groupVersion.version,
            resources: (version["resources"]?.array ?? []).map { resource($0, in: groupVersion) })
        })
    }
  }

  private static func resource(_ entry: Value, in groupVersion: GroupVersion) -> APIResource {
    APIResource(
      groupVersion: groupVersion, name: entry["name"]?.string ?? "",
      singularName: entry["singular"]?.string ?? "", kind: entry["kind"]?.string ?? "",
      isNamespaced: entry["namespaced"]?.bool ?? false, verbs: entry["verbs"]?.strings ?? [],
      shortNames: entry["short"]?.strings ?? [], categories: entry["categories"]?.strings ?? [],
      storageVersionHash: entry["hash"]?.string ?? "",
      subresources: (entry["subresources"]?.array ?? []).map { sub in
        APIResource.Subresource(
          name: sub["name"]?.string ?? "",
          kind: GroupVersionKind(
            group: sub["kind"]?["group"]?.string ?? "", version: sub["kind"]?["version"]?.string ?? "",
            kind: sub["kind"]?["kind"]?.string ?? ""),
          verbs: sub["verbs"]?.strings ?? [])
      })
  }
}
