import Schema
import Values

/// Why a configuration can't be used, in one line.
public struct AdmissionConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// One document of a configuration, read strictly: a member that its kind does not have is an error, and so is one
/// of another type than the kind says.
struct ConfigurationDocument {
  /// What a member may hold.
  indirect enum Shape: Sendable {
    case text
    case number
    case flag
    case texts
    /// Texts by keys of the document's own.
    case map
    /// Any value: it is read by somebody else.
    case any
    case object([String: Shape])
    case list([String: Shape])
  }

  /// Checks a document.
  /// - Parameters:
  ///   - versions: the apiVersions in which the kind is known.
  ///   - fields: its members besides `kind` and `apiVersion`.
  /// - Throws: one line with every unknown member, or the first value of a wrong type.
  static func check(
    _ value: Value, kind: String, versions: [String], fields: [String: Shape]
  ) throws(AdmissionConfigurationError) {
    guard value.object != nil else { throw .init("expected a mapping with apiVersion and kind") }
    let apiVersion = value["apiVersion"]?.string ?? ""
    let given = value["kind"]?.string ?? ""
    if given.isEmpty { throw .init("Object 'Kind' is missing in '\(JSON.text(value).prefix(200))'") }
    guard given == kind, versions.contains(apiVersion) else {
      throw .init(
        "no kind \(FieldError.quoted(given)) is registered for version \(FieldError.quoted(apiVersion))")
    }
    try check(
      value, fields: fields.merging(["kind": .text, "apiVersion": .text]) { given, _ in given })
  }

  /// Checks a document that has neither kind nor version.
  /// - Throws: as ``check(_:kind:versions:fields:)``.
  static func check(_ value: Value, fields: [String: Shape]) throws(AdmissionConfigurationError) {
    guard value.object != nil else { throw .init("expected a mapping") }
    var unknown: [String] = []
    try check(value, .object(fields), at: "", &unknown)
    if !unknown.isEmpty {
      let list = unknown.map { "unknown field \(FieldError.quoted($0))" }.joined(separator: ", ")
      throw .init("strict decoding error: \(list)")
    }
  }

  private static func check(
    _ value: Value, _ shape: Shape, at path: String, _ unknown: inout [String]
  ) throws(AdmissionConfigurationError) {
    if value.isNull { return }
    switch (shape, value) {
    case (.text, .string), (.number, .int), (.flag, .bool), (.any, _): return
    case (.texts, .array(let elements)):
      for (index, element) in elements.enumerated() {
        try check(element, .text, at: "\(path)[\(index)]", &unknown)
      }
    case (.map, .object(let object)):
      for (key, member) in object { try check(member, .text, at: "\(path)[\(key)]", &unknown) }
    case (.object(let fields), .object(let object)):
      for (key, member) in object {
        let place = path.isEmpty ? key : "\(path).\(key)"
        guard let field = fields[key] else {
          unknown.append(place)
          continue
        }
        try check(member, field, at: place, &unknown)
      }
    case (.list(let fields), .array(let elements)):
      for (index, element) in elements.enumerated() {
        try check(element, .object(fields), at: "\(path)[\(index)]", &unknown)
      }
    default:
      throw .init("\(path): cannot be \(value.jsonKind)")
    }
  }
}
