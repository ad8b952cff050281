import Schema
import Values

/// managedFields of writes (Kubernetes documentation, "Server-Side Apply", field management).
enum Ownership {
  /// The new object with its managedFields brought up to date for a create, update or patch.
  static func update(live: Value?, new: Value, scope: ResourceScope, manager: String) -> Value {
    scope.fieldManager.update(live: live, new: new, manager: manager, now: .now)
  }

  /// The live object with an applied configuration merged in.
  /// - Throws: 409 for conflicts, 500 for a configuration that does not fit the type.
  static func apply(
    live: Value?, applied: Value, scope: ResourceScope, manager: String, force: Bool
  ) throws(StatusError) -> Value {
    try scope.fieldManager.apply(live: live, applied: applied, manager: manager, force: force, now: .now)
  }
}
