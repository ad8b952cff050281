import Values

extension ObjectType {
  /// An object of the kind as it is before anything is said of it: what Go's zero value of the type looks
  /// like on the wire. Parts that are never absent are there and empty, required fields have their zero.
  ///
  /// A new object is compared with it, so that nobody owns `spec` just because every object has one.
  func emptyObject(of kind: GroupVersionKind) -> Value {
    var object = emptyFields(depth: 0)
    object["apiVersion"] = .string(kind.apiVersion)
    object["kind"] = .string(kind.kind)
    return .object(object)
  }

  private func emptyFields(depth: Int) -> Object {
    var object = Object()
    // Published types nest a few levels; the bound is for types that name themselves.
    if depth > 16 { return object }
    for (name, field) in fields {
      if case .object(let reference) = field.shape, field.defaultValue == .object(Object()) {
        object[name] = .object(reference.type.emptyFields(depth: depth + 1))
      } else if let zero = field.zero, field.defaultValue == zero || required.contains(name) {
        if Self.leftOut.contains("\(shortName).\(name)") { continue }
        object[name] = zero
      }
    }
    return object
  }

  /// Required lists that are not on the wire when empty.
  private static let leftOut: Set<String> = ["ValidatingAdmissionPolicyBindingSpec.validationActions"]
}

extension Value {
  /// An empty object with the nulls that another has where this one has nothing: on the wire, null is the
  /// zero of a field that is never absent, such as an Event's `eventTime`.
  func withNulls(of other: Value) -> Value {
    guard case .object(var object) = self, case .object(let other) = other else { return self }
    for (key, value) in other {
      if value.isNull, !object.contains(key) {
        object[key] = .null
      } else if case .object(let inner) = value, case .object? = object[key] {
        object[key] = object[key]?.withNulls(of: .object(inner))
      }
    }
    return .object(object)
  }
}

extension FieldType {
  /// What Go's zero value of the type looks like on the wire.
  fileprivate var zero: Value? {
    switch shape {
    case .string: ""
    case .boolean: false
    case .integer, .number, .intOrString: 0
    case .quantity: "0"
    case .duration: "0s"
    case .bytes, .time, .microTime, .any, .object, .map, .list: .null
    }
  }
}
