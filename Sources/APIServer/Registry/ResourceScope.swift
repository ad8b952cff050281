import Schema
import Values

/// A served resource, or one of its subresources, with all that the endpoints must know of it. Made once for
/// what is served, and shared by its requests.
final class ResourceScope: Sendable {
  let resource: APIResource
  let subresource: APIResource.Subresource?
  let groupResource: GroupResource
  /// The kind of the objects in the version of the request.
  let kind: GroupVersionKind
  /// The type of the objects in the version of the request.
  let type: ObjectType
  /// The kind that is read and written here: that of the objects, or one of the subresource's own.
  let bodyKind: GroupVersionKind
  let bodyType: ObjectType
  /// The resource under which the objects are stored, whatever version is asked for.
  let storage: GroupResource
  /// The kind and version in which the objects are stored.
  let storageKind: GroupVersionKind
  /// The type of the objects as stored.
  let storageType: ObjectType
  let rules: KindRules
  /// The kind of a list of the objects: `PodList`.
  let listKind: String
  /// What the CustomResourceDefinition says of the version; nil for built-in kinds.
  let custom: ServedAPI.CustomVersion?
  /// True where what is stored need not be converted for this request.
  let isStorageVersion: Bool
  /// Keeps the managedFields of what is written here.
  let fieldManager: FieldManager

  init(
    resource: APIResource, subresource: APIResource.Subresource? = nil, storage: GroupResource,
    storageKind: GroupVersionKind, type: ObjectType, storageType: ObjectType, bodyType: ObjectType? = nil,
    custom: ServedAPI.CustomVersion? = nil
  ) {
    self.resource = resource
    self.subresource = subresource
    self.storage = storage
    self.storageKind = storageKind
    self.type = type
    self.storageType = storageType
    self.custom = custom
    self.bodyType = bodyType ?? type
    groupResource = resource.groupResource
    kind = resource.groupVersionKind
    bodyKind = subresource?.kind ?? kind
    rules = KindRules.of(resource)
    listKind = custom?.listKind ?? resource.kind + "List"
    isStorageVersion = kind == storageKind && custom?.renewsOnRead != true
    fieldManager = Self.fieldManager(resource, subresource, bodyKind, self.bodyType, custom)
  }

  private static func fieldManager(
    _ resource: APIResource, _ subresource: APIResource.Subresource?, _ kind: GroupVersionKind,
    _ type: ObjectType, _ custom: ServedAPI.CustomVersion?
  ) -> FieldManager {
    let name = subresource?.name ?? ""
    guard let custom, kind == resource.groupVersionKind else {
      return FieldManager(
        kind: kind, type: type, subresource: name, resetFields: .of(kind.groupKind, subresource: name),
        versions: StorageVersions.fieldVersions(of: kind))
    }
    return FieldManager(
      kind: kind, type: type, subresource: name,
      resetFields: .ofCustomResource(subresource: name, hasStatus: resource.subresource("status") != nil),
      isCustom: true, versions: custom.fieldVersions)
  }

  /// Whether what is read and written here is a custom object; the `scale` of one is none.
  var hasCustomBody: Bool { custom != nil && bodyKind == kind }

  /// The object as this scope's version shows it.
  func fromStorage(_ object: Value) -> Value {
    isStorageVersion ? object : KindConversion.convert(renewed(object), to: kind)
  }

  // MARK: - By webhook

  /// Stored objects as this scope's version shows them.
  /// - Throws: 500 where a conversion webhook fails.
  func read(_ objects: [Value]) async throws(StatusError) -> [Value] {
    guard let converter = custom?.converter else { return objects.map(fromStorage) }
    let current = objects.map { object in
      object["apiVersion"] == .string(storageKind.apiVersion) ? renewed(object) : object
    }
    return try await converter.convert(current, to: kind.groupVersion)
  }

  func read(_ object: Value) async throws(StatusError) -> Value {
    guard custom?.converter != nil else { return fromStorage(object) }
    return try await read([object]).first ?? object
  }

  /// An object that was not read from the store, in this scope's version.
  func show(_ object: Value) async throws(StatusError) -> Value {
    guard kind != storageKind, let converter = custom?.converter else { return shown(object) }
    return try await converter.convert([object], to: kind.groupVersion).first ?? object
  }

  /// The object in the version in which it is stored.
  func write(_ object: Value) async throws(StatusError) -> Value {
    guard kind != storageKind, let converter = custom?.converter else { return toStorage(object) }
    return try await converter.convert([object], to: storageKind.groupVersion).first ?? object
  }

  // MARK: - In place

  /// The stored object as its storage version is defined now.
  func renewed(_ stored: Value) -> Value {
    guard custom?.renewsOnRead == true else { return stored }
    return settled(KindConversion.convert(stored, to: storageKind))
  }

  /// A custom object with what its storage version does not know left out and with that version's defaults.
  func settled(_ object: Value) -> Value {
    guard custom != nil else { return object }
    var object = object
    StructuralPruning.prune(&object, as: storageType)
    StructuralDefaults.apply(to: &object, as: storageType)
    return object
  }

  /// A changed object as it goes into the store: what its storage version has no place for is lost.
  func asStored(_ object: Value) -> Value {
    let object = kind == storageKind ? object : settled(object)
    return resource.isCustom ? object : TypedDecoder.stored(object, as: storageType)
  }

  /// An object that was not read from the store, in this scope's version.
  func shown(_ object: Value) -> Value {
    kind == storageKind ? object : KindConversion.convert(object, to: kind)
  }

  /// The object as it is stored.
  func toStorage(_ object: Value) -> Value {
    kind == storageKind ? object : KindConversion.convert(object, to: storageKind)
  }
}

extension ServedAPI.CustomVersion {
  /// The versions of a custom kind, which differ in nothing but their types.
  fileprivate var fieldVersions: FieldManager.Versions {
    let types = types
    return FieldManager.Versions(
      convert: { object, apiVersion in
        guard types[apiVersion] != nil else { return nil }
        var object = object
        object["apiVersion"] = .string(apiVersion)
        return object
      }, type: { types[$0] })
  }
}
