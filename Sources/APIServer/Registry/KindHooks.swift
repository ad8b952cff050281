import Schema
import Values

/// Work that a write of certain kinds entails beyond its own object: addresses of services, checks of
/// RBAC escalation, custom resources that begin to be served.
protocol KindHook: Sendable {
  /// Before validation of a new object, in its storage version. What it takes it gives back itself where it
  /// fails.
  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError)
  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError)
  /// Right before a new (`old` is nil) or changed object is stored. Where that fails, `abandon` follows.
  func willStore(_ new: Value, old: Value?)
  /// After a changed object is stored.
  func afterUpdate(_ new: Value, old: Value)
  /// After the object is gone.
  func afterDelete(_ object: Value)
  /// What `beforeCreate` (`old` is nil) or `beforeUpdate` prepared is not stored.
  func abandon(_ new: Value, old: Value?)
}

extension KindHook {
  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {}
  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {}
  func willStore(_ new: Value, old: Value?) {}
  func afterUpdate(_ new: Value, old: Value) {}
  func afterDelete(_ object: Value) {}
  func abandon(_ new: Value, old: Value?) {}
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

  func willStore(_ new: Value, old: Value?, _ scope: ResourceScope) {
    for hook in table[scope.storage] ?? [] { hook.willStore(new, old: old) }
  }

  func afterUpdate(_ new: Value, old: Value, _ scope: ResourceScope) {
    for hook in table[scope.storage] ?? [] { hook.afterUpdate(new, old: old) }
  }

  func afterDelete(_ object: Value, _ scope: ResourceScope) {
    for hook in table[scope.storage] ?? [] { hook.afterDelete(object) }
  }

  func abandon(_ new: Value, old: Value?, _ scope: ResourceScope) {
    for hook in table[scope.storage] ?? [] { hook.abandon(new, old: old) }
  }
}
