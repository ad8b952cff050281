import Values

/// What the registry's strategies do to an object before it is validated and stored
/// (pkg/registry/*/strategy.go): which parts a request may set, generations, and
/// values that the server gives.
public enum Strategy {
  /// Prepares a new object of a built-in kind. It has been decoded and defaulted, and its metadata holds the
  /// name and uid that the server gave it.
  /// - Parameter now: the time of the request.
  public static func prepareForCreate(
    _ object: inout Value, kind: GroupVersionKind, now: Timestamp = .now
  ) {
    let table = StrategyTable.of(kind)
    if let initial = table.initialStatus { resetStatus(of: &object, kind, initial) }
    object.edit { object in
      if table.generation != nil { setGeneration(&object, 1) }
      if let type = TypeTable.builtIn.type(of: kind) { DisabledFields.drop(from: &object, as: type) }
      ComputedDefaults.onCreate["\(kind.group)/\(kind.kind)"]?(&object, now)
    }
  }

  /// Prepares the new state of an object of a built-in kind.
  /// - Parameters:
  ///   - new: what the request makes of the object, decoded and defaulted.
  ///   - old: the stored object, in the same version.
  ///   - subresource: the part that is written, such as `status`; nil for the object itself.
  ///   - now: the time of the request.
  public static func prepareForUpdate(
    _ new: inout Value, old: Value, kind: GroupVersionKind, subresource: String? = nil, now: Timestamp = .now
  ) {
    guard case .object(let old) = old else { return }
    let table = StrategyTable.of(kind)
    let name = "\(kind.group)/\(kind.kind)"
    new.edit { new in
      switch subresource {
      case nil, "":
        if table.hasStatus { keep("status", of: old, in: &new) }
        if table.hasImmutableSpec { keep("spec", of: old, in: &new) }
      case "status":
        keepAllButStatus(of: old, in: &new, table)
      case let part?:
        ComputedDefaults.onSubresource["\(name)/\(part)"]?(&new, old)
      }
      if let type = TypeTable.builtIn.type(of: kind) { DisabledFields.drop(from: &new, as: type) }
      ComputedDefaults.onUpdate[name]?(&new, old, subresource ?? "", now)
      raiseGeneration(of: &new, old, table)
    }
  }

  /// Prepares a new custom object. Where its definition has a status subresource, its status is dropped.
  public static func prepareCustomForCreate(_ object: inout Value, hasStatus: Bool) {
    object.edit { object in
      if hasStatus { object.removeValue(forKey: "status") }
      setGeneration(&object, 1)
    }
  }

  /// Prepares the new state of a custom object: with a status subresource, the object's own path writes
  /// everything but the status, and `status` nothing else. Whatever changes apart from metadata (and status)
  /// makes a new generation.
  public static func prepareCustomForUpdate(
    _ new: inout Value, old: Value, hasStatus: Bool, subresource: String? = nil
  ) {
    guard case .object(let old) = old else { return }
    new.edit { new in
      if subresource == "status" {
        let managed = new["metadata"]?["managedFields"]
        let status = new["status"]
        new = old
        new["status"] = status
        new.edit("metadata") { $0["managedFields"] = managed }
        return
      }
      if hasStatus { keep("status", of: old, in: &new) }
      let unchanged = content(of: new, hasStatus) == content(of: old, hasStatus)
      let generation = old["metadata"]?["generation"]?.int ?? 0
      setGeneration(&new, unchanged ? generation : generation &+ 1)
    }
  }

  private static func content(of object: Object, _ hasStatus: Bool) -> Object {
    object.filter { key, _ in key != "metadata" && !(hasStatus && key == "status") }
  }

  // MARK: - Parts

  private static func resetStatus(of object: inout Value, _ kind: GroupVersionKind, _ initial: Object) {
    guard let type = TypeTable.builtIn.type(of: kind) else { return }
    guard var status = TypedDecoder.empty(type)["status"]?.object ?? (initial.isEmpty ? nil : Object()) else {
      object.edit { _ = $0.removeValue(forKey: "status") }
      return
    }
    for (name, value) in initial { status[name] = value }
    object.edit { $0["status"] = .object(status) }
  }

  private static func keep(_ part: String, of old: Object, in new: inout Object) { new[part] = old[part] }

  private static func keepAllButStatus(of old: Object, in new: inout Object, _ table: StrategyTable) {
    for key in Set(old.keys).union(new.keys)
    where !["apiVersion", "kind", "metadata", "status"].contains(key) {
      keep(key, of: old, in: &new)
    }
    var kept: [String] = []
    if table.statusKeepsLabels { kept = ["labels"] }
    if table.statusKeepsMetadata {
      kept = ["labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp", "selfLink"]
    }
    let metadata = old["metadata"]
    new.edit("metadata") { for key in kept { $0[key] = metadata?[key] } }
  }

  /// The generation is the stored one, or the next where something changed that counts.
  private static func raiseGeneration(of new: inout Object, _ old: Object, _ table: StrategyTable) {
    let generation = old["metadata"]?["generation"]
    let changed = table.generation?.contains { path in
      value(at: path, in: new) != value(at: path, in: old)
    }
    if changed == true {
      setGeneration(&new, (generation?.int ?? 0) &+ 1)
    } else {
      new.edit("metadata") { $0["generation"] = generation }
    }
  }

  private static func value(at path: [String], in object: Object) -> Value? {
    guard let first = path.first else { return nil }
    var here = object[first]
    for key in path.dropFirst() { here = here?[key] }
    return here
  }

  private static func setGeneration(_ object: inout Object, _ generation: Int64) {
    object.edit("metadata") { $0["generation"] = .int(generation) }
  }
}
