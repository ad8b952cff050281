/// One resource of one group version, as discovery lists it (metav1.APIResource).
public struct APIResource: Sendable, Hashable {
  /// A path below an object, such as `status` or `scale`.
  public struct Subresource: Sendable, Hashable {
    public var name: String
    /// The kind that is read and written there: `autoscaling/v1, Kind=Scale` for `scale`.
    public var kind: GroupVersionKind
    public var verbs: [String]

    public init(name: String, kind: GroupVersionKind, verbs: [String]) {
      self.name = name
      self.kind = kind
      self.verbs = verbs
    }
  }

  public var groupVersion: GroupVersion
  /// The plural name in paths: `pods`.
  public var name: String
  public var singularName: String
  public var kind: String
  public var isNamespaced: Bool
  /// Empty for a resource of which only subresources are served.
  public var verbs: [String]
  public var shortNames: [String]
  public var categories: [String]
  public var storageVersionHash: String
  public var subresources: [Subresource]
  /// True for a resource that a CustomResourceDefinition brought.
  public var isCustom: Bool

  public init(
    groupVersion: GroupVersion, name: String, singularName: String, kind: String, isNamespaced: Bool,
    verbs: [String], shortNames: [String] = [], categories: [String] = [], storageVersionHash: String = "",
    subresources: [Subresource] = [], isCustom: Bool = false
  ) {
    self.groupVersion = groupVersion
    self.name = name
    self.singularName = singularName
    self.kind = kind
    self.isNamespaced = isNamespaced
    self.verbs = verbs
    self.shortNames = shortNames
    self.categories = categories
    self.storageVersionHash = storageVersionHash
    self.subresources = subresources
    self.isCustom = isCustom
  }

  public var groupVersionKind: GroupVersionKind { groupVersion.kind(kind) }
  public var groupKind: GroupKind { GroupKind(group: groupVersion.group, kind: kind) }
  public var groupResource: GroupResource { GroupResource(group: groupVersion.group, resource: name) }
  public var groupVersionResource: GroupVersionResource {
    GroupVersionResource(group: groupVersion.group, version: groupVersion.version, resource: name)
  }

  /// True where objects are kept, false for kinds that only answer, such as TokenReview.
  public var isStored: Bool { verbs.contains("get") && name != "componentstatuses" }

  public func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }
}
