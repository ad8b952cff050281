import Values

extension FieldManager {
  /// 409 with a cause for each field that another manager owns
  /// (k8s.io/apimachinery/pkg/util/managedfields, NewConflictError).
  static func conflict(_ conflicts: [OwnershipUpdater.Conflict]) -> StatusError {
    let causes = conflicts.map {
      StatusError.Cause(
        reason: "FieldManagerConflict", message: "conflict with \($0.manager.conflictText)",
        field: FieldSet.text($0.path))
    }
    return StatusError(
      code: 409, reason: "Conflict", message: message(conflicts), details: StatusError.Details(causes: causes)
    )
  }

  private static func message(_ conflicts: [OwnershipUpdater.Conflict]) -> String {
    if conflicts.count == 1, let only = conflicts.first {
      return "Apply failed with 1 conflict: conflict with \(only.manager.conflictText): "
        + FieldSet.text(only.path)
    }
    // The conflicts come manager by manager.
    var lines: [String] = []
    var last: ManagerIdentity?
    for conflict in conflicts {
      if conflict.manager != last { lines.append("conflicts with \(conflict.manager.conflictText):") }
      lines.append("- \(FieldSet.text(conflict.path))")
      last = conflict.manager
    }
    return "Apply failed with \(conflicts.count) conflicts: \(lines.joined(separator: "\n"))"
  }

  static func status(_ failure: OwnershipUpdater.Failure) -> StatusError {
    switch failure {
    case .conflicts(let conflicts): conflict(conflicts)
    case .merge(let error): .unexpected("failed to merge config: \(error)")
    }
  }

  /// Checks managed fields, as after admission, where a webhook may have spoilt them.
  /// - Throws: ``ManagedFieldsError``.
  public static func validate(managedFields: Value?) throws(ManagedFieldsError) {
    _ = try ManagedFields(managedFields)
  }

  /// The new object with the live object's times of management, where the times are all that differ: such a
  /// write is none, and leaves the resource version as it is.
  public static func keepingTimes(of live: Value, in new: Value) -> Value {
    let path = ["metadata", "managedFields"]
    guard let before = live["metadata"]?["managedFields"]?.array,
      let after = new["metadata"]?["managedFields"]?.array,
      !after.isEmpty, before.count == after.count, before != after
    else { return new }
    for (old, changed) in zip(before, after) {
      guard let old = old.object, let changed = changed.object,
        old.filter({ key, _ in key != "time" }) == changed.filter({ key, _ in key != "time" })
      else { return new }
    }
    var same = new
    same.set(.array(before), at: path)
    return same == live ? same : new
  }
}
