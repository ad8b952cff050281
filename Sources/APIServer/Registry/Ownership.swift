import Schema
import Values

/// managedFields of writes (Kubernetes documentation, "Server-Side Apply", field management).
enum Ownership {
  /// The new object with its managedFields brought up to date for a create, update or patch.
  static func update(live: Value?, new: Value, scope: ResourceScope, manager: String) -> Value {
    update(
      live: live, new: new, type: scope.type, apiVersion: scope.kind.apiVersion, scope: scope,
      manager: manager)
  }

  /// As above, for an object of another type than the scope's: what a subresource reads.
  static func update(
    live: Value?, new: Value, type: ObjectType, apiVersion: String, scope: ResourceScope, manager: String
  ) -> Value {
    fieldManager(type, apiVersion, scope).update(live: live, new: new, manager: manager, now: .now)
  }

  /// The live object with an applied configuration merged in.
  /// - Throws: 409 for conflicts, 500 for a configuration that does not fit the type.
  static func apply(
    live: Value?, applied: Value, scope: ResourceScope, manager: String, force: Bool
  ) throws(StatusError) -> Value {
    try fieldManager(scope.type, scope.kind.apiVersion, scope).apply(
      live: live, applied: applied, manager: manager, force: force, now: .now)
  }

  private static func fieldManager(
    _ type: ObjectType, _ apiVersion: String, _ scope: ResourceScope
  ) -> FieldManager {
    let subresource = scope.subresource?.name ?? ""
    let kind =
      apiVersion == scope.kind.apiVersion
      ? scope.kind : GroupVersion(apiVersion: apiVersion)?.kind(type.shortName) ?? scope.kind
    return FieldManager(
      kind: kind, type: type, subresource: subresource,
      resetFields: scope.resource.isCustom
        ? .ofCustomResource(subresource: subresource, hasStatus: scope.resource.subresource("status") != nil)
        : .of(kind.groupKind, subresource: subresource),
      isCustom: scope.resource.isCustom, versions: scope.custom.map(versions) ?? .one)
  }

  /// The versions of a custom kind, which differ in nothing but their types.
  private static func versions(_ custom: ServedAPI.CustomVersion) -> FieldManager.Versions {
    let types = custom.types
    return FieldManager.Versions(
      convert: { object, apiVersion in
        guard types[apiVersion] != nil else { return nil }
        var object = object
        object["apiVersion"] = .string(apiVersion)
        return object
      }, type: { types[$0] })
  }

  /// An applied configuration may name the version that it is based on.
  static func checkVersion(_ applied: Value, old: Value?, scope: ResourceScope, name: String)
    throws(StatusError)
  {
    guard let version = applied["metadata"]?["resourceVersion"]?.string, !version.isEmpty else { return }
    if old?["metadata"]?["resourceVersion"]?.string != version { throw .modified(scope.groupResource, name) }
  }
}
