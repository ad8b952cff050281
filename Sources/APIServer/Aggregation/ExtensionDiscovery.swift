import Schema
import Values

/// What extension servers serve, as this server's discovery tells it.
public struct ExtensionDiscovery: Sendable, Equatable {
  /// One version of a group.
  public struct Version: Sendable {
    public var groupVersion: GroupVersion
    public var groupPriority: Int64
    public var versionPriority: Int64
    public var resources: [APIResource]

    public init(
      groupVersion: GroupVersion, groupPriority: Int64, versionPriority: Int64, resources: [APIResource]
    ) {
      self.groupVersion = groupVersion
      self.groupPriority = groupPriority
      self.versionPriority = versionPriority
      self.resources = resources
    }
  }

  /// What an extension server tells of one group version.
  public struct Document: Sendable {
    public var target: ExtensionServers.Target
    /// An APIResourceList.
    public var list: Value
    /// The hash that its `/openapi/v3` has for the group version; nil where it has none.
    public var openAPIHash: String?
    /// The part of its `/openapi/v2` that is about the group version; null where it has none.
    public var swagger: Value

    public init(
      target: ExtensionServers.Target, list: Value, openAPIHash: String? = nil, swagger: Value = .null
    ) {
      self.target = target
      self.list = list
      self.openAPIHash = openAPIHash
      self.swagger = swagger
    }
  }

  public var versions: [Version] = []
  /// The documents below `/openapi/v3` that extension servers have: path and hash.
  private(set) var openAPI: [(path: String, hash: String)] = []
  /// Their parts of `/openapi/v2`.
  private(set) var swagger: [Value] = []
  /// What tells two states apart.
  private var mark: Value = .null

  public init() {}

  public init(_ documents: [Document]) {
    for document in documents {
      let target = document.target
      versions.append(
        Version(
          groupVersion: target.groupVersion, groupPriority: target.groupPriority,
          versionPriority: target.versionPriority,
          resources: Self.resources(document.list, of: target.groupVersion)))
      if let hash = document.openAPIHash { openAPI.append(("apis/\(target.groupVersion.apiVersion)", hash)) }
      if !document.swagger.isNull { swagger.append(document.swagger) }
    }
    mark = .array(
      documents.map {
        [
          .string($0.target.name), .int($0.target.groupPriority), .int($0.target.versionPriority), $0.list,
          .string($0.openAPIHash ?? ""), $0.swagger,
        ]
      })
  }

  public static func == (a: Self, b: Self) -> Bool { a.mark == b.mark }

  /// Reads an APIResourceList.
  private static func resources(_ list: Value, of groupVersion: GroupVersion) -> [APIResource] {
    let entries = (list["resources"]?.array ?? []).prefix(1000)
    func kind(_ entry: Value) -> GroupVersionKind {
      GroupVersionKind(
        group: entry["group"]?.string ?? groupVersion.group,
        version: entry["version"]?.string ?? groupVersion.version, kind: entry["kind"]?.string ?? "")
    }
    return entries.filter { $0["name"]?.string?.utf8.contains(0x2F) == false }.map { entry in
      let name = entry["name"]?.string ?? ""
      let subresources = entries.filter { $0["name"]?.string?.hasPrefix("\(name)/") == true }.map {
        APIResource.Subresource(
          name: String(($0["name"]?.string ?? "").dropFirst(name.count + 1)), kind: kind($0),
          verbs: $0["verbs"]?.strings ?? [])
      }
      return APIResource(
        groupVersion: groupVersion, name: name, singularName: entry["singularName"]?.string ?? "",
        kind: entry["kind"]?.string ?? "", isNamespaced: entry["namespaced"]?.bool ?? false,
        verbs: entry["verbs"]?.strings ?? [], shortNames: entry["shortNames"]?.strings ?? [],
        categories: entry["categories"]?.strings ?? [],
        storageVersionHash: entry["storageVersionHash"]?.string ?? "", subresources: subresources,
        isCustom: true)
    }
  }

  /// The groups of a catalog and those of extension servers, by their priorities.
  func merged(into catalog: APICatalog) -> APICatalog {
    guard !versions.isEmpty else { return catalog }
    var groups = catalog.groups
    var ranks: [String: Int64] = [:]
    for version in versions.sorted(by: { $0.versionPriority > $1.versionPriority }) {
      let name = version.groupVersion.group
      let new = APICatalog.Version(name: version.groupVersion.version, resources: version.resources)
      ranks[name] = max(ranks[name] ?? 0, version.groupPriority)
      if let index = groups.firstIndex(where: { $0.name == name }) {
        groups[index].versions.removeAll { $0.name == new.name }
        groups[index].versions.append(new)
      } else {
        groups.append(.init(name: name, versions: [new]))
      }
    }
    let ranked = groups.enumerated().map { index, group in
      (rank: ranks[group.name] ?? APIServicePriorities.rank(group.name), index: index, group: group)
    }
    let sorted = ranked.sorted { ($0.rank, -$0.index) > ($1.rank, -$1.index) }
    return APICatalog(groups: sorted.map(\.group))
  }
}
