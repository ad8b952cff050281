import Schema
import Values

/// A served resource, or one of its subresources, with all that the endpoints must know of it.
struct ResourceScope: Sendable {
  let resource: APIResource
  let subresource: APIResource.Subresource?
  /// The resource under which the objects are stored, whatever version is asked for.
  let storage: GroupResource
  /// The kind and version in which the objects are stored.
  let storageKind: GroupVersionKind
  /// The type of the objects in the version of the request.
  let type: ObjectType
  /// The type of the objects as stored.
  let storageType: ObjectType
  let rules: KindRules
  /// The kind of a list of the objects: `PodList`.
  let listKind: String

  /// The kind of the objects in the version of the request.
  var kind: GroupVersionKind { resource.groupVersionKind }
  var groupResource: GroupResource { resource.groupResource }
  /// What the CustomResourceDefinition says of the version; nil for built-in kinds.
  let custom: ServedAPI.CustomVersion?
  /// True where what is stored need not be converted for this request.
  var isStorageVersion: Bool { kind == storageKind && custom?.renewsOnRead != true }

  init(
    resource: APIResource, subresource: APIResource.Subresource? = nil, storage: GroupResource,
    storageKind: GroupVersionKind, type: ObjectType, storageType: ObjectType,
    listKind: String? = nil, custom: ServedAPI.CustomVersion? = nil
  ) {
    self.resource = resource
    self.subresource = subresource
    self.storage = storage
    self.storageKind = storageKind
    self.type = type
    self.storageType = storageType
    self.custom = custom
    rules = KindRules.of(resource)
    self.listKind = listKind ?? resource.kind + "List"
  }

  /// The object as this scope's version shows it.
  func fromStorage(_ object: Value) -> Value {
    isStorageVersion ? object : KindConversion.convert(renewed(object), to: kind)
  }

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
  func asStored(_ object: Value) -> Value { kind == storageKind ? object : settled(object) }

  /// An object that was not read from the store, in this scope's version.
  func shown(_ object: Value) -> Value {
    kind == storageKind ? object : KindConversion.convert(object, to: kind)
  }

  /// The object as it is stored.
  func toStorage(_ object: Value) -> Value {
    kind == storageKind ? object : KindConversion.convert(object, to: storageKind)
  }
}
