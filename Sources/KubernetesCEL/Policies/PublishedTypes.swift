import CEL
import Synchronization
import Values

/// The types that a published OpenAPI schema gives to expressions
/// (k8s.io/apiserver pkg/cel/common, SchemaDeclType). Objects are named by where they stand: `Pod1.spec`,
/// `Pod1.spec.containers.@idx`, `Pod1.metadata.labels.@elem`; each is read when the checker asks for it.
final class PublishedTypes: TypeProvider {
  /// Finds the schema behind a `$ref`; nil where there is none.
  typealias Resolve = @Sendable (_ reference: String) -> Value?

  /// An object in the schema, with the references that lead there, which it may not follow again.
  private struct Place {
    let schema: Value
    let references: Set<String>
  }

  private let resolve: Resolve
  private let root: String
  private let places: Mutex<[String: Place]>
  private let known = Mutex<[String: [String: CELType]]>([:])

  /// The type of the whole.
  var type: CELType { .object(root) }

  /// - Parameters:
  ///   - name: of the root's type.
  ///   - schema: of a kind.
  init(_ name: String, schema: Value, resolve: @escaping Resolve) {
    root = name
    self.resolve = resolve
    places = Mutex([name: Place(schema: Self.asResource(schema), references: [])])
  }

  func hasType(_ name: String) -> Bool { places.withLock { $0[name] != nil } }

  func fieldType(_ field: String, of type: String) -> CELType? {
    let fields = fields(of: type)
    if let type = fields[field] { return type }
    // Words that the language keeps for itself may be selected as they are.
    return FieldNames.escaped(field) == "__\(field)__" ? fields["__\(field)__"] : nil
  }

  private func fields(of name: String) -> [String: CELType] {
    if let fields = known.withLock({ $0[name] }) { return fields }
    guard let place = places.withLock({ $0[name] }) else { return [:] }
    var fields: [String: CELType] = [:]
    for (property, schema) in place.schema["properties"]?.object ?? [:] {
      guard let escaped = FieldNames.escaped(property) else { continue }
      fields[escaped] = type(
        of: Place(schema: schema, references: place.references), named: "\(name).\(escaped)")
    }
    known.withLock { $0[name] = fields }
    return fields
  }

  /// The type of a place; nil where expressions can't see it.
  private func type(of place: Place, named name: String) -> CELType? {
    let place = resolved(place)
    let schema = place.schema
    if schema["format"]?.string == "int-or-string" || schema["x-kubernetes-int-or-string"]?.bool == true {
      return .dyn
    }
    switch schema["type"]?.string {
    case "array":
      guard let items = schema["items"] else { return nil }
      return type(of: Place(schema: items, references: place.references), named: "\(name).@idx").map(
        CELType.list)
    case "object":
      if let values = schema["additionalProperties"], values.bool == nil {
        let values = Place(schema: values, references: place.references)
        return type(of: values, named: "\(name).@elem").map { .map(.string, $0) }
      }
      let isResource = schema["x-kubernetes-embedded-resource"]?.bool == true
      let object = isResource ? Self.asResource(schema) : schema
      places.withLock { $0[name] = Place(schema: object, references: place.references) }
      return .object(name)
    case "string": return Self.texts[schema["format"]?.string ?? ""] ?? .string
    case "boolean": return .bool
    case "number": return .double
    case "integer": return .int
    // Values of several types, such as quantities.
    default: return nil
    }
  }

  private static let texts: [String: CELType] = [
    "byte": .bytes, "duration": .duration, "date": .timestamp, "date-time": .timestamp,
  ]

  /// The place with what its `$ref` leads to. What leads back to itself is an object of which nothing is known.
  private func resolved(_ place: Place) -> Place {
    var place = place
    while let reference = Self.reference(in: place.schema) {
      guard !place.references.contains(reference) else {
        return Place(schema: ["type": "object"], references: place.references)
      }
      guard let schema = resolve(reference) else { return Place(schema: [:], references: place.references) }
      place = Place(schema: schema, references: place.references.union([reference]))
    }
    return place
  }

  private static func reference(in schema: Value) -> String? {
    if let reference = schema["$ref"]?.string { return reference }
    return schema["allOf"]?.array?.lazy.compactMap { $0["$ref"]?.string }.first
  }

  /// The schema of a resource always has a kind, an apiVersion and metadata with names.
  private static func asResource(_ schema: Value) -> Value {
    let properties = schema["properties"]
    func isText(_ name: String) -> Bool { properties?[name]?["type"]?.string == "string" }
    let metadata = properties?["metadata"]
    if isText("kind"), isText("apiVersion"), metadata.map({ reference(in: $0) != nil }) == true {
      return schema
    }
    if isText("kind"), isText("apiVersion"), metadata?["type"]?.string == "object",
      metadata?["properties"]?["name"]?["type"]?.string == "string",
      metadata?["properties"]?["generateName"]?["type"]?.string == "string"
    {
      return schema
    }
    let text: Value = ["type": "string"]
    var members = properties?.object ?? [:]
    members["kind"] = text
    members["apiVersion"] = text
    members["metadata"] = ["type": "object", "properties": ["name": text, "generateName": text]]
    var resource = schema
    resource["properties"] = .object(members)
    return resource
  }
}
