import Schema
import Values

/// Work that a write of certain kinds entails beyond its own object: addresses of services, checks of
/// RBAC escalation, custom resources that begin to be served.
protocol KindHook: Sendable {
  /// Before validation of a new object, in its storage version.
  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError)
  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError)
  /// After the object is gone.
  func afterDelete(_ object: Value, _ scope: ResourceScope, _ registry: ObjectRegistry)
  /// The create failed after `beforeCreate`.
  func abandon(_ object: Value, _ scope: ResourceScope)
}

extension KindHook {
  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {}
  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {}
  func afterDelete(_ object: Value, _ scope: ResourceScope, _ registry: ObjectRegistry) {}
  func abandon(_ object: Value, _ scope: ResourceScope) {}
}

/// The hooks by resource.
struct KindHooks: Sendable {
  private let table: [GroupResource: [any KindHook]]

  init(_ table: [GroupResource: [any KindHook]] = [:]) { self.table = table }

  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    for hook in table[scope.storage] ?? [] { try await hook.beforeCreate(&object, scope, registry, caller) }
  }

  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    for hook in table[scope.storage] ?? [] {
      try await hook.beforeUpdate(&new, old: old, scope, registry, caller)
    }
  }

  func afterDelete(_ object: Value, _ scope: ResourceScope, _ registry: ObjectRegistry) {
    for hook in table[scope.storage] ?? [] { hook.afterDelete(object, scope, registry) }
  }

  func abandon(_ object: Value, _ scope: ResourceScope) {
    for hook in table[scope.storage] ?? [] { hook.abandon(object, scope) }
  }
}
