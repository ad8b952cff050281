/// The path of a field in an object as validation messages write it: `spec.containers[0].env[1].name`,
/// `metadata.labels[app]`.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
  public var description: String

  public init(_ text: String = "") { description = text }
  public init(stringLiteral value: String) { description = value }

  /// The field of an object.
  public func child(_ names: String...) -> FieldPath {
    var text = description
    for name in names { text += text.isEmpty ? name : ".\(name)" }
    return FieldPath(text)
  }

  /// The element of a list.
  public func index(_ index: Int) -> FieldPath { FieldPath("\(description)[\(index)]") }

  /// The entry of a map.
  public func key(_ key: String) -> FieldPath { FieldPath("\(description)[\(key)]") }
}
