import KubernetesCEL
import Schema
import Security
import Synchronization
import Values

/// What the server serves at one moment: the catalog, the types of its kinds, and the documents made of
/// them. A new one takes its place when a CustomResourceDefinition comes, changes or goes.
public final class ServedAPI: Sendable {
  /// What a CustomResourceDefinition says of one of its versions.
  public struct CustomVersion: Sendable {
    public var type: ObjectType
    /// The version in which objects are stored.
    public var storageVersion: String
    public var selectableFields: [String]
    /// `additionalPrinterColumns`; nil where the definition has none.
    public var columns: [Value]?
    public var listKind: String
    /// The schema, as the definition has it.
    public var schema: Value?
    /// `spec.subresources.scale`, if there is one.
    public var scale: Value?
    /// The schema, read; nil where there is none.
    public var structural: StructuralSchema? {
      didSet { rules = structural.map(LazySchemaRules.init) }
    }
    /// The schema's rules in the Common Expression Language.
    private(set) var rules: LazySchemaRules?
    /// The types of all versions of the kind by their apiVersion, for those who own fields in other versions.
    public var types: [String: ObjectType] = [:]
    /// The definition has changed since objects may have been stored: they are pruned and defaulted when read.
    public var renewsOnRead = false
    /// Converts between versions by a webhook; nil where they differ in nothing but their names.
    public var converter: ConversionWebhook?
    /// What answers warn of where the version is deprecated.
    public var warning: String?
    /// The definition is being deleted: nothing is created any more.
    public var isTerminating = false

    public init(
      type: ObjectType, storageVersion: String, listKind: String, selectableFields: [String] = [],
      columns: [Value]? = nil,
      schema: Value? = nil, scale: Value? = nil
    ) {
      self.type = type
      self.storageVersion = storageVersion
      self.listKind = listKind
      self.selectableFields = selectableFields
      self.columns = columns
      self.schema = schema
      self.scale = scale
    }
  }

  public let catalog: APICatalog
  public let customVersions: [GroupVersionKind: CustomVersion]
  /// What extension servers serve, which only discovery tells of.
  public let extensions: ExtensionDiscovery
  /// What discovery tells of.
  let discovered: APICatalog
  /// The OpenAPI documents, made when they are asked for.
  let openAPI: OpenAPIDocuments
  private let documents = Mutex<[String: Document]>([:])
  private let scopes = Mutex<[ScopeName: ResourceScope]>([:])

  private struct ScopeName: Hashable {
    var resource: GroupVersionResource
    var subresource: String
  }

  /// A document made on first use.
  struct Document: Sendable {
    var bytes: [UInt8]
    var etag: String
  }

  /// - Parameter earlier: what was served before: its documents are kept where nothing changed.
  public init(
    catalog: APICatalog = .builtIn, customVersions: [GroupVersionKind: CustomVersion] = [:],
    replacing earlier: ServedAPI? = nil
  ) {
    self.catalog = catalog
    self.customVersions = customVersions
    extensions = earlier?.extensions ?? ExtensionDiscovery()
    discovered = extensions.merged(into: catalog)
    let schemas = customVersions.compactMap { kind, version in
      version.schema.map { CustomSchema(kind: kind, listKind: version.listKind, schema: $0) }
    }
    openAPI = OpenAPIDocuments(
      catalog: catalog, custom: schemas, version: Version.kubernetes, digest: { Digest.sha512($0) },
      reusing: earlier?.openAPI)
  }

  /// The same with what extension servers serve now.
  public func with(extensions: ExtensionDiscovery) -> ServedAPI {
    self.extensions == extensions ? self : ServedAPI(self, extensions: extensions)
  }

  private init(_ other: ServedAPI, extensions: ExtensionDiscovery) {
    catalog = other.catalog
    customVersions = other.customVersions
    openAPI = other.openAPI
    self.extensions = extensions
    discovered = extensions.merged(into: other.catalog)
  }

  public func type(of kind: GroupVersionKind) -> ObjectType? {
    customVersions[kind]?.type ?? TypeTable.builtIn.type(of: kind)
  }

  /// The scope of a resource that is served, or of one of its subresources.
  func scope(_ resource: APIResource, subresource name: String = "") -> ResourceScope? {
    let key = ScopeName(resource: resource.groupVersionResource, subresource: name)
    if let made = scopes.withLock({ $0[key] }) { return made }
    guard let scope = makeScope(resource, name) else { return nil }
    scopes.withLock { $0[key] = scope }
    return scope
  }

  private func makeScope(_ resource: APIResource, _ name: String) -> ResourceScope? {
    let kind = resource.groupVersionKind
    guard let type = type(of: kind) else { return nil }
    let subresource = resource.subresource(name)
    if !name.isEmpty, subresource == nil { return nil }
    let (storage, storageKind) = storageVersion(of: resource)
    return ResourceScope(
      resource: resource, subresource: subresource, storage: storage, storageKind: storageKind, type: type,
      storageType: self.type(of: storageKind) ?? type,
      bodyType: subresource.flatMap { self.type(of: $0.kind) }, custom: customVersions[kind])
  }

  /// The scope of a resource in the version that its group prefers.
  func scope(of resource: GroupResource, subresource: String = "") -> ResourceScope? {
    catalog.preferred(resource).flatMap { scope($0, subresource: subresource) }
  }

  private func storageVersion(of resource: APIResource) -> (GroupResource, GroupVersionKind) {
    let kind = resource.groupVersionKind
    if let custom = customVersions[kind] {
      return (
        resource.groupResource,
        GroupVersionKind(group: kind.group, version: custom.storageVersion, kind: kind.kind)
      )
    }
    return StorageVersions.of(resource)
  }

  /// The document of that name, made once.
  func document(_ name: String, make: () -> Document) -> Document {
    if let made = documents.withLock({ $0[name] }) { return made }
    let document = make()
    documents.withLock { $0[name] = document }
    return document
  }
}
