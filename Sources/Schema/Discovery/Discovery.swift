import Values

/// The documents by which clients find out what is served (Kubernetes API concepts, "API discovery").
///
/// Each is a function of the catalog; whoever serves them keeps what it made for as long as the catalog is.
public enum Discovery {
  /// `/api`: metav1.APIVersions.
  /// - Parameter serverAddress: where the server is reached, `host:port`.
  public static func coreVersions(of catalog: APICatalog, serverAddress: String) -> Value {
    [
      "kind": "APIVersions",
      "versions": Value(catalog.group("")?.versions.map(\.name) ?? []),
      "serverAddressByClientCIDRs": [
        ["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]
      ],
    ]
  }

  /// `/apis`: metav1.APIGroupList, the core group left out.
  public static func groups(of catalog: APICatalog) -> Value {
    [
      "kind": "APIGroupList", "apiVersion": "v1",
      "groups": .array(catalog.groups.filter { !$0.name.isEmpty }.map { .object(members(of: $0)) }),
    ]
  }

  /// `/apis/GROUP`: metav1.APIGroup; nil for a group that is not served.
  public static func group(_ name: String, in catalog: APICatalog) -> Value? {
    guard !name.isEmpty, let group = catalog.group(name) else { return nil }
    var document: Object = ["kind": "APIGroup", "apiVersion": "v1"]
    for (key, value) in members(of: group) { document[key] = value }
    return .object(document)
  }

  /// `/api/v1` and `/apis/GROUP/VERSION`: metav1.APIResourceList; nil for a version that is not served.
  public static func resources(of groupVersion: GroupVersion, in catalog: APICatalog) -> Value? {
    guard let version = catalog.version(groupVersion) else { return nil }
    var document: Object = ["kind": "APIResourceList"]
    // The core group is older than the rule that every document says its version.
    if !groupVersion.group.isEmpty { document["apiVersion"] = "v1" }
    document["groupVersion"] = .string(groupVersion.apiVersion)
    document["resources"] = .array(version.resources.flatMap(entries))
    return .object(document)
  }

  /// `/`: metav1.RootPaths, in order.
  /// - Parameter others: the paths that are served besides those of the API; by default those of the real
  ///   server.
  public static func rootPaths(of catalog: APICatalog, others: [String]? = nil) -> Value {
    var paths = Set(others ?? ResourceData.catalog.parsed()["paths"]?.strings ?? [])
    paths.formUnion(["/api", "/apis", "/apis/"])
    for group in catalog.groups {
      let root = group.name.isEmpty ? "/api" : "/apis/\(group.name)"
      paths.insert(root)
      for version in group.versions { paths.insert("\(root)/\(version.name)") }
    }
    return ["paths": Value(paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })]
  }

  private static func members(of group: APICatalog.Group) -> Object {
    let versions: [Value] = group.versions.map { version in
      let groupVersion = GroupVersion(group: group.name, version: version.name)
      return ["groupVersion": .string(groupVersion.apiVersion), "version": .string(version.name)]
    }
    return [
      "name": .string(group.name), "versions": .array(versions), "preferredVersion": versions.first ?? [:],
    ]
  }

  /// A resource and its subresources: metav1.APIResource each.
  private static func entries(of resource: APIResource) -> [Value] {
    var entries: [Value] = []
    if !resource.verbs.isEmpty {
      var entry: Object = [
        "name": .string(resource.name), "singularName": .string(resource.singularName),
        "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind),
        "verbs": Value(resource.verbs),
      ]
      if !resource.shortNames.isEmpty { entry["shortNames"] = Value(resource.shortNames) }
      if !resource.categories.isEmpty { entry["categories"] = Value(resource.categories) }
      if !resource.storageVersionHash.isEmpty {
        entry["storageVersionHash"] = .string(resource.storageVersionHash)
      }
      entries.append(.object(entry))
    }
    for subresource in resource.subresources {
      var entry: Object = [
        "name": "\(resource.name)/\(subresource.name)", "singularName": "",
        "namespaced": .bool(resource.isNamespaced),
      ]
      if subresource.kind.groupVersion != resource.groupVersion {
        entry["group"] = .string(subresource.kind.group)
        entry["version"] = .string(subresource.kind.version)
      }
      entry["kind"] = .string(subresource.kind.kind)
      entry["verbs"] = Value(subresource.verbs)
      entries.append(.object(entry))
    }
    return entries
  }
}
