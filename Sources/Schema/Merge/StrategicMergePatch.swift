import Values

/// Strategic merge patch: a merge patch that knows which lists are merged by a key
/// (Kubernetes documentation, "Update API Objects in Place Using kubectl patch";
/// k8s.io/apimachinery/pkg/util/strategicpatch).
public enum StrategicMergePatch {
  /// The object with the patch applied.
  ///
  /// Directives: `$patch` (`replace`, `delete`) in objects and list items, `$retainKeys`,
  /// `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`. Null removes a field.
  /// - Parameter type: the type of the object, which says how its lists are merged.
  /// - Throws: ``PatchError``.
  public static func apply(_ patch: Value, to original: Value, type: ObjectType) throws(PatchError) -> Value {
    guard case .object(let patch) = patch else {
      throw PatchError(
        "json: cannot unmarshal \(goJSONKind(patch)) into Go value of type map[string]interface {}",
        kind: .badRequest)
    }
    guard case .object(let original) = original else {
      throw PatchError.wrongType(expected: .object(Object()), original)
    }
    let schema = PatchSchema(type: FieldType(.object(TypeReference(type))))
    return .object(try merge(patch, into: original, schema))
  }

  private static func goJSONKind(_ value: Value) -> String {
    switch value {
    case .null, .object: "object"
    case .bool: "bool"
    case .int, .double: "number"
    case .string: "string"
    case .array: "array"
    }
  }

  // MARK: - Objects

  static let directive = "$patch"
  private static let retainKeys = "$retainKeys"
  private static let elementOrder = "$setElementOrder/"
  private static let deletions = "$deleteFromPrimitiveList/"

  static func merge(
    _ patch: Object, into original: Object, _ schema: PatchSchema
  ) throws(PatchError) -> Object {
    if let directive = patch[directive] {
      switch directive {
      case "replace": return patch.filter { key, _ in key != Self.directive }
      case "delete": return Object()
      default: throw PatchError.unknownDirective(directive, in: patch)
      }
    }
    var patch = patch
    var result = original
    try applyRetainKeys(of: &patch, to: &result)
    try applyElementOrders(of: &patch, to: &result, schema)
    // Removals are made in one go: one by one they would each move all that follows.
    var removed = Set<String>()
    for (name, value) in patch {
      let isDeletion = hasPrefix(name, "$deleteFromPrimitiveList")
      let key = isDeletion ? try field(of: name, deletions, else: .badPrimitiveList) : name
      if value.isNull {
        removed.insert(key)
        continue
      }
      var merged: Value?
      if !removed.contains(key), let current = result[key] {
        merged = try merge(value, into: current, key, isDeletion, schema)
      }
      if merged == nil, isDeletion { continue }
      if let merged = merged ?? withoutDirectives(value) {
        result[key] = merged
        removed.remove(key)
      } else {
        removed.insert(key)
      }
    }
    return removed.isEmpty ? result : result.filter { key, _ in !removed.contains(key) }
  }

  /// Merges values of one kind; nil where they are of different kinds, or scalars.
  private static func merge(
    _ patch: Value, into current: Value, _ key: String, _ isDeletion: Bool, _ schema: PatchSchema
  ) throws(PatchError) -> Value? {
    switch (current, patch) {
    case (.object(let before), .object(let change)):
      let field = try schema.object(key)
      if field.strategy == "replace" { return patch }
      return .object(try merge(change, into: before, field.schema))
    case (.array(let before), .array(let change)):
      let field = try schema.list(key)
      if field.strategy != "merge" { return patch }
      return .array(try StrategicListPatch(field).merge(change, into: before, isDeletion: isDeletion))
    // Deletions that are no list take a scalar's place, but not that of another kind of value.
    case _ where isDeletion && GoPrint.type(current) == GoPrint.type(patch): return patch
    default: return nil
    }
  }

  /// `$retainKeys` names all fields that the object may have after the patch.
  private static func applyRetainKeys(of patch: inout Object, to result: inout Object) throws(PatchError) {
    guard let list = patch.removeValue(forKey: retainKeys) else { return }
    guard case .array(let names) = list else { throw PatchError.badRetainKeys }
    let kept = Set(names.compactMap(\.string))
    for (key, value) in patch where !value.isNull && !kept.contains(key) {
      if !hasPrefix(key, "$deleteFromPrimitiveList"), !hasPrefix(key, "$setElementOrder") {
        throw PatchError.badRetainKeys
      }
    }
    result = result.filter { key, _ in kept.contains(key) }
  }

  /// `$setElementOrder/<list>` gives the order of the items that the sender knows of. The list of the patch
  /// is merged along with it.
  private static func applyElementOrders(
    of patch: inout Object, to result: inout Object, _ schema: PatchSchema
  ) throws(PatchError) {
    var done = Set<String>()
    for (name, value) in patch where hasPrefix(name, "$setElementOrder") {
      done.insert(name)
      guard case .array(let order) = value else {
        throw PatchError.wrongType(expected: .array([]), value)
      }
      let key = try field(of: name, elementOrder, else: .badElementOrder)
      let before = try items(result[key])
      let change = try items(patch[key])
      let list = StrategicListPatch(try schema.list(key))
      try list.check(change ?? [], follows: order)
      let merged: [Value]
      switch (before, change) {
      case (nil, nil): continue
      case (let before?, nil): merged = before
      case (nil, let change?): merged = change.compactMap(withoutDirectives)
      case (let before?, let change?):
        merged =
          list.field.strategy == "merge"
          ? try list.merge(change, into: before, isDeletion: false) : change
      }
      result[key] = .array(
        try list.arrange(merged, patchOrder: order, serverOrder: before ?? [], before ?? [], change ?? []))
      done.insert(key)
    }
    if !done.isEmpty { patch = patch.filter { key, _ in !done.contains(key) } }
  }

  private static func items(_ value: Value?) throws(PatchError) -> [Value]? {
    guard let value else { return nil }
    guard case .array(let items) = value else { throw PatchError.wrongType(expected: .array([]), value) }
    return items
  }

  /// The name of the list that a directive is about.
  private static func field(
    of name: String, _ prefix: String, else error: PatchError
  ) throws(PatchError) -> String {
    guard hasPrefix(name, prefix) else { throw error }
    return String(name.dropFirst(prefix.count))
  }

  private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  /// A value of the patch that has nothing to be merged with: without nulls and without the parts that are
  /// but directives. Nil for a directive itself.
  static func withoutDirectives(_ value: Value) -> Value? {
    switch value {
    case .object(let object):
      if object.contains(directive) { return nil }
      var kept = Object(minimumCapacity: object.count)
      for (key, value) in object where !value.isNull { kept[key] = withoutDirectives(value) }
      return .object(kept)
    case .array(let items): return .array(items.compactMap(withoutDirectives))
    default: return value
    }
  }
}
