import Values

/// Defaults of custom objects, from the `default` of their structural schema.
public enum StructuralDefaults {
  private static let depthLimit = 500

  /// Sets the default of every property that is absent, or null where null is not allowed. Only objects that
  /// are there, or that a default has just made, are filled.
  public static func apply(to value: inout Value, as type: ObjectType) {
    value.edit { apply(to: &$0, type, depth: 0) }
  }

  private static func apply(to object: inout Object, _ type: ObjectType, depth: Int) {
    if depth > depthLimit { return }
    for (name, field) in type.fields.sorted(by: { $0.key < $1.key }) {
      if let value = field.defaultValue {
        let current = object[name]
        if current == nil || current?.isNull == true && !field.isNullable { object[name] = value }
      }
      object.editValue(name) { apply(to: &$0, field, depth: depth + 1) }
    }
  }

  private static func apply(to value: inout Value, _ type: FieldType, depth: Int) {
    if depth > depthLimit { return }
    switch type.shape {
    case .object(let reference): value.edit { apply(to: &$0, reference.type, depth: depth) }
    case .list(let inner):
      guard case .array(var array) = value else { return }
      value = .null
      for i in array.indices { apply(to: &array[i], inner, depth: depth + 1) }
      value = .array(array)
    case .map(let inner):
      value.edit { map in
        for key in map.keys {
          if let fallback = inner.defaultValue, map.hasNo(key), !inner.isNullable { map[key] = fallback }
          map.editValue(key) { apply(to: &$0, inner, depth: depth + 1) }
        }
      }
    default: return
    }
  }
}
