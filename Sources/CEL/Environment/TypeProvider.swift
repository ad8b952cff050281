/// Tells the checker of declared object types, and makes objects of them.
public protocol TypeProvider: Sendable {
  /// Whether an object type of that name is declared.
  func hasType(_ name: String) -> Bool

  /// The type of a field of a declared object type; nil where it has no such field.
  func fieldType(_ field: String, of type: String) -> CELType?

  /// Makes an object: `Type{field: value}`.
  /// - Throws: where the type can't be made or the fields don't fit.
  func makeObject(_ type: String, _ fields: [(name: String, value: CELValue)]) throws(CELError) -> CELValue
}

extension TypeProvider {
  public func makeObject(
    _ type: String, _ fields: [(name: String, value: CELValue)]
  ) throws(CELError) -> CELValue {
    throw CELError("unknown type '\(type)'")
  }
}
