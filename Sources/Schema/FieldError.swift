import Values

/// One finding about one field: a cause of a 422 answer
/// (k8s.io/apimachinery/pkg/util/validation/field).
public struct FieldError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, with the reason that a `StatusCause` carries for it.
  public enum Kind: String, Sendable {
    case required = "FieldValueRequired"
    case duplicate = "FieldValueDuplicate"
    case invalid = "FieldValueInvalid"
    case notSupported = "FieldValueNotSupported"
    case notFound = "FieldValueNotFound"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"
    case internalError = "InternalError"
    case typeInvalid = "FieldValueTypeInvalid"
  }

  public var kind: Kind
  public var path: FieldPath
  /// The message without the path: `Invalid value: "x": must be …`.
  public var message: String

  public init(kind: Kind, path: FieldPath, message: String) {
    self.kind = kind
    self.path = path
    self.message = message
  }

  /// `metadata.name: Required value: name is required`.
  public var description: String { "\(path): \(message)" }

  public static func required(_ path: FieldPath, _ detail: String = "") -> FieldError {
    FieldError(kind: .required, path: path, message: join("Required value", detail))
  }

  public static func invalid(_ path: FieldPath, _ value: Value, _ detail: String) -> FieldError {
    FieldError(kind: .invalid, path: path, message: join("Invalid value: \(shown(value))", detail))
  }

  public static func typeInvalid(_ path: FieldPath, _ value: Value, _ detail: String) -> FieldError {
    FieldError(kind: .typeInvalid, path: path, message: join("Invalid value: \(shown(value))", detail))
  }

  public static func duplicate(_ path: FieldPath, _ value: Value) -> FieldError {
    FieldError(kind: .duplicate, path: path, message: "Duplicate value: \(shown(value))")
  }

  /// The supported values are listed in the order given.
  public static func notSupported(_ path: FieldPath, _ value: Value, _ supported: [String]) -> FieldError {
    let list = supported.map(quoted).joined(separator: ", ")
    let detail = supported.isEmpty ? "" : "supported values: \(list)"
    return FieldError(
      kind: .notSupported, path: path, message: join("Unsupported value: \(shown(value))", detail))
  }

  public static func notFound(_ path: FieldPath, _ value: Value) -> FieldError {
    FieldError(kind: .notFound, path: path, message: "Not found: \(shown(value))")
  }

  public static func forbidden(_ path: FieldPath, _ detail: String) -> FieldError {
    FieldError(kind: .forbidden, path: path, message: join("Forbidden", detail))
  }

  /// Since Kubernetes 1.32 the value itself is not shown.
  public static func tooLong(_ path: FieldPath, maximum: Int) -> FieldError {
    let unit = maximum == 1 ? "byte" : "bytes"
    return FieldError(
      kind: .tooLong, path: path,
      message: maximum < 0
        ? "Too long: value is too long" : "Too long: may not be more than \(maximum) \(unit)")
  }

  public static func tooMany(_ path: FieldPath, actual: Int, maximum: Int) -> FieldError {
    let unit = maximum == 1 ? "item" : "items"
    return FieldError(
      kind: .tooMany, path: path, message: "Too many: \(actual): must have at most \(maximum) \(unit)")
  }

  public static func internalError(_ path: FieldPath, _ detail: String) -> FieldError {
    FieldError(kind: .internalError, path: path, message: join("Internal error", detail))
  }

  private static func join(_ head: String, _ detail: String) -> String {
    detail.isEmpty ? head : "\(head): \(detail)"
  }

  /// A value as Go's field errors print it: strings quoted, other scalars plain, composites as JSON.
  public static func shown(_ value: Value) -> String {
    switch value {
    case .string(let text): quoted(text)
    default: JSON.text(value)
    }
  }

  /// A string as Go's `%q` prints it.
  public static func quoted(_ text: String) -> String { GoText.quoted(text) }
}
