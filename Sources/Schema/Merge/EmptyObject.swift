import Values

extension ObjectType {
  /// An object of the kind as it is before anything is said of it: what Go's zero value of the type looks
  /// like on the wire. Parts that are never absent are there and empty, required fields have their zero.
  ///
  /// A new object is compared with it, so that nobody owns `spec` just because every object has one.
  func emptyObject(of kind: GroupVersionKind) -> Value {
    var object = TypedDecoder.empty(self).object ?? [:]
    object["apiVersion"] = .string(kind.apiVersion)
    object["kind"] = .string(kind.kind)
    return .object(object)
  }
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
