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
  /// True where what is stored need not be converted for this request.
  var isStorageVersion: Bool { kind == storageKind }

  init(
    resource: APIResource, subresource: APIResource.Subresource? = nil, storage: GroupResource,
    storageKind: GroupVersionKind, type: ObjectType, storageType: ObjectType,
    listKind: String? = nil
  ) {
    self.resource = resource
    self.subresource = subresource
    self.storage = storage
    self.storageKind = storageKind
    self.type = type
    self.storageType = storageType
    rules = KindRules.of(resource)
    self.listKind = listKind ?? resource.kind + "List"
  }

  /// The object as this scope's version shows it.
  func fromStorage(_ object: Value) -> Value {
    isStorageVersion ? object : KindConversion.convert(object, to: kind)
  }

  /// The object as it is stored.
  func toStorage(_ object: Value) -> Value {
    isStorageVersion ? object : KindConversion.convert(object, to: storageKind)
  }
}
