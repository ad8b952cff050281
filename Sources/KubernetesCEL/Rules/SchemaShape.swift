import CEL
import Schema
import Values

/// How a structural schema looks to expressions: the type of its values, their fields by the names that
/// expressions write, and how large they may be
/// (Kubernetes documentation, "Validation rules"; k8s.io/apiserver/pkg/cel/common, schemas).
public final class SchemaShape: JSONShape {
  enum Content: Sendable {
    case intOrString, string, bytes, duration, date, timestamp, bool, int, double
    case list(SchemaShape, ListMeaning)
    case map(SchemaShape)
    case object
  }

  /// `x-kubernetes-list-type`.
  enum ListMeaning: Sendable {
    case atomic
    case set
    case map(keys: [String])
  }

  /// A field of an object: its key in the object, and what is there.
  struct Field: Sendable {
    let key: String
    let shape: SchemaShape
  }

  let content: Content
  public let type: CELType
  /// By the names in expressions.
  let fields: [String: Field]
  /// The names in expressions, by the keys.
  private let names: [String: String]
  /// The most elements, entries, characters or bytes; zero for what has no size.
  let maxElements: UInt64
  /// The fewest bytes that the value takes as JSON.
  let minSerializedSize: Int64

  /// - Parameters:
  ///   - isResourceRoot: the object has apiVersion, kind and metadata of its own.
  ///   - name: of the type, for messages; fields add theirs to it.
  /// - Returns: nil where expressions can't see values of the schema: nothing is known of their type.
  public init?(_ schema: StructuralSchema, isResourceRoot: Bool, name: String) {
    var fields: [String: Field] = [:]
    var names: [String: String] = [:]
    var size = SchemaSize()
    let type: CELType
    switch (schema.isIntOrString, schema.type) {
    case (true, _):
      content = .intOrString
      type = .dyn
      size = .text(minimum: SchemaSize.number, schema)
    case (_, "array"):
      guard let items = schema.items,
        let shape = SchemaShape(items, isResourceRoot: items.isEmbeddedResource, name: name + ".@idx")
      else { return nil }
      content = .list(shape, ListMeaning(schema))
      type = .list(shape.type)
      size = .list(of: shape.minSerializedSize, limit: schema.maxItems)
    case (_, "object"):
      if let entries = schema.entries {
        let isRoot = entries.isEmbeddedResource
        guard let shape = SchemaShape(entries, isResourceRoot: isRoot, name: name + ".@elem") else {
          return nil
        }
        content = .map(shape)
        type = .map(.string, shape.type)
        size = .map(of: shape.minSerializedSize, limit: schema.maxProperties)
        break
      }
      content = .object
      type = .object(name)
      size.minimum = SchemaSize.brackets
      let required = Set(schema.required)
      for (key, property) in isResourceRoot ? Self.resource(schema) : schema.properties {
        let escaped = FieldNames.escaped(key)
        let isRoot = property.isEmbeddedResource
        guard let shape = SchemaShape(property, isResourceRoot: isRoot, name: "\(name).\(escaped ?? key)")
        else { continue }
        if let escaped {
          fields[escaped] = Field(key: key, shape: shape)
          names[key] = escaped
        }
        if required.contains(key), property.defaultValue == nil {
          size.minimum += Int64(key.utf8.count) + shape.minSerializedSize + SchemaSize.memberOverhead
        }
      }
    case (_, "string"): (content, type, size) = Self.text(schema)
    case (_, "boolean"): (content, type, size) = (.bool, .bool, SchemaSize(minimum: SchemaSize.bool))
    case (_, "number"): (content, type, size) = (.double, .double, SchemaSize(minimum: SchemaSize.number))
    case (_, "integer"): (content, type, size) = (.int, .int, SchemaSize(minimum: SchemaSize.number))
    default: return nil
    }
    self.type = type
    self.fields = fields
    self.names = names
    maxElements = size.elements
    minSerializedSize = size.minimum
  }

  private static func text(_ schema: StructuralSchema) -> (Content, CELType, SchemaSize) {
    switch schema.format {
    case "byte": (.bytes, .bytes, .bytes(schema))
    case "duration": (.duration, .duration, .duration)
    case "date": (.date, .timestamp, .date)
    case "date-time": (.timestamp, .timestamp, .dateTime)
    default: (.string, .string, .text(minimum: SchemaSize.quotes, schema))
    }
  }

  // MARK: - What every resource has

  private static let plainText = StructuralSchema(["type": "string"])
  private static let metadata = StructuralSchema([
    "type": "object",
    "properties": ["name": ["type": "string"], "generateName": ["type": "string"]],
  ])

  /// The properties of a resource, with those that all resources have.
  private static func resource(_ schema: StructuralSchema) -> [String: StructuralSchema] {
    var properties = schema.properties
    let metadata = properties["metadata"]
    func isText(_ schema: StructuralSchema?) -> Bool { schema?.type == "string" }
    if isText(properties["kind"]), isText(properties["apiVersion"]), metadata?.type == "object",
      isText(metadata?.properties["name"]), isText(metadata?.properties["generateName"])
    {
      return properties
    }
    properties["kind"] = plainText
    properties["apiVersion"] = plainText
    properties["metadata"] = Self.metadata
    return properties
  }

  // MARK: - Values

  public var hidesNulls: Bool { if case .object = content { true } else { false } }

  public var items: any JSONShape {
    if case .list(let items, _) = content { items } else { UntypedJSON.shared }
  }

  /// The shape of the elements of a list or of the entries of a map.
  var elements: SchemaShape? {
    switch content {
    case .list(let items, _): items
    case .map(let entries): entries
    default: nil
    }
  }

  public func member(_ name: String) -> JSONMember? {
    switch content {
    case .map(let entries): JSONMember(key: name, shape: entries)
    case .object: fields[name].map { JSONMember(key: $0.key, shape: $0.shape) }
    default: nil
    }
  }

  public func name(ofKey key: String) -> String? {
    if case .object = content { names[key] } else { key }
  }

  public func value(of json: Value) -> CELValue {
    switch (content, json) {
    case (.object, .object(let members)): .object(JSONStructure(members, shape: self))
    case (.map, .object(let members)): .map(CELMap(members, shape: self))
    case (.list(let items, let meaning), .array(let elements)): .list(meaning.list(elements, items))
    case (.double, .int(let number)): .double(Double(number))
    case (.int, .double(let number)): Int64(exactly: number).map(CELValue.int) ?? .double(number)
    case (.bytes, .string(let text)): (try? Base64.decode(text)).map(CELValue.bytes) ?? .string(text)
    case (.duration, .string(let text)): NamedDuration.read(text).map(CELValue.duration) ?? .string(text)
    case (.date, .string(let text)): Self.timestamp(text + "T00:00:00Z") ?? .string(text)
    case (.timestamp, .string(let text)): Self.timestamp(text) ?? .string(text)
    default: UntypedJSON.shared.value(of: json)
    }
  }

  private static func timestamp(_ text: String) -> CELValue? {
    Timestamp(rfc3339: text).map(CELValue.timestamp)
  }
}

/// The object types of a schema, which the checker asks for.
struct SchemaTypes: TypeProvider {
  private let shapes: [String: SchemaShape]

  /// - Parameter shape: of the whole schema.
  init(_ shape: SchemaShape) {
    var shapes: [String: SchemaShape] = [:]
    Self.collect(shape, &shapes)
    self.shapes = shapes
  }

  private static func collect(_ shape: SchemaShape, _ shapes: inout [String: SchemaShape]) {
    if case .object(let name) = shape.type { shapes[name] = shape }
    if let elements = shape.elements { collect(elements, &shapes) }
    for field in shape.fields.values { collect(field.shape, &shapes) }
  }

  func hasType(_ name: String) -> Bool { shapes[name] != nil }
  func fieldType(_ field: String, of type: String) -> CELType? { shapes[type]?.fields[field]?.shape.type }
}
