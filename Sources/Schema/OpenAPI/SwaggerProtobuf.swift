import Values

/// A Swagger 2.0 document as the protobuf message `openapi.v2.Document` of gnostic (OpenAPIv2.proto), which
/// is how clients ask for it.
struct SwaggerProtobuf {
  var writer = ProtobufWriter()

  // MARK: - Document

  /// `swagger` and `info`.
  mutating func head(title: String, version: String) {
    writer.string(1, "2.0")
    let info = writer.begin(2)
    writer.string(1, title)
    writer.string(2, version)
    writer.end(info)
  }

  /// Writes a section of the document, whose entries the closure adds.
  mutating func section(_ section: SwaggerSection, _ entries: (inout SwaggerProtobuf) -> Void) {
    let start = writer.begin(section.documentField)
    entries(&self)
    writer.end(start)
  }

  /// Adds an entry to a section: a name and a path item, a schema or a parameter.
  mutating func entry(_ section: SwaggerSection, _ name: String, _ value: Value) {
    let start = writer.begin(section.entryField)
    writer.string(1, name)
    let content = writer.begin(2)
    switch section {
    case .paths: pathItem(value)
    case .definitions: schema(value)
    case .parameters: parameter(value)
    }
    writer.end(content)
    writer.end(start)
  }

  // MARK: - Paths

  private static let methods: [(name: String, field: Int)] = [
    ("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("options", 6), ("head", 7), ("patch", 8),
  ]

  private mutating func pathItem(_ item: Value) {
    for (method, field) in Self.methods {
      guard let operation = item[method] else { continue }
      let start = writer.begin(field)
      self.operation(operation)
      writer.end(start)
    }
    parametersItems(9, item["parameters"])
  }

  private mutating func operation(_ operation: Value) {
    strings(1, operation["tags"])
    string(3, operation["description"])
    string(5, operation["operationId"])
    strings(6, operation["produces"])
    strings(7, operation["consumes"])
    parametersItems(8, operation["parameters"])
    let responses = writer.begin(9)
    for (code, response) in operation["responses"]?.object ?? [:] {
      let named = writer.begin(1)
      writer.string(1, code)
      let value = writer.begin(2)
      let content = writer.begin(1)
      string(1, response["description"])
      if let schema = response["schema"] {
        let item = writer.begin(2)
        nestedSchema(1, schema)
        writer.end(item)
      }
      writer.end(content)
      writer.end(value)
      writer.end(named)
    }
    writer.end(responses)
    strings(10, operation["schemes"])
    flag(11, operation["deprecated"])
    extensions(13, operation)
  }

  /// ParametersItem: a parameter (1) or a reference (2).
  private mutating func parametersItems(_ field: Int, _ parameters: Value?) {
    for parameter in parameters?.array ?? [] {
      let item = writer.begin(field)
      if let target = parameter["$ref"]?.string {
        let reference = writer.begin(2)
        writer.string(1, target)
        writer.end(reference)
      } else {
        let inner = writer.begin(1)
        self.parameter(parameter)
        writer.end(inner)
      }
      writer.end(item)
    }
  }

  /// Parameter: a body (1), or another (2) in the query (3) or in the path (4).
  private mutating func parameter(_ parameter: Value) {
    let place = parameter["in"]?.string
    if place == "body" {
      let body = writer.begin(1)
      string(2, parameter["name"])
      string(3, parameter["in"])
      flag(4, parameter["required"])
      if let schema = parameter["schema"] { nestedSchema(5, schema) }
      writer.end(body)
      return
    }
    let isInPath = place == "path"
    let other = writer.begin(2)
    let content = writer.begin(isInPath ? 4 : 3)
    flag(1, parameter["required"])
    string(2, parameter["in"])
    string(4, parameter["name"])
    string(isInPath ? 5 : 6, parameter["type"])
    flag(isInPath ? 19 : 20, parameter["uniqueItems"])
    writer.end(content)
    writer.end(other)
  }

  // MARK: - Schemas

  private mutating func nestedSchema(_ field: Int, _ schema: Value) {
    let start = writer.begin(field)
    self.schema(schema)
    writer.end(start)
  }

  private mutating func schema(_ schema: Value) {
    string(1, schema["$ref"])
    string(2, schema["format"])
    string(3, schema["title"])
    string(4, schema["description"])
    for (field, key) in [(6, "multipleOf"), (7, "maximum"), (9, "minimum")] {
      if let number = schema[key]?.number { writer.double(field, number) }
      if field > 6 { flag(field + 1, schema[field == 7 ? "exclusiveMaximum" : "exclusiveMinimum"]) }
    }
    integer(11, schema["maxLength"])
    integer(12, schema["minLength"])
    string(13, schema["pattern"])
    integer(14, schema["maxItems"])
    integer(15, schema["minItems"])
    flag(16, schema["uniqueItems"])
    integer(17, schema["maxProperties"])
    integer(18, schema["minProperties"])
    strings(19, schema["required"])
    for value in schema["enum"]?.array ?? [] { any(20, value) }
    if let entries = schema["additionalProperties"] {
      let item = writer.begin(21)
      nestedSchema(1, entries)
      writer.end(item)
    }
    if let type = schema["type"]?.string {
      let item = writer.begin(22)
      writer.string(1, type)
      writer.end(item)
    }
    if let items = schema["items"] {
      let item = writer.begin(23)
      nestedSchema(1, items)
      writer.end(item)
    }
    if let properties = schema["properties"]?.object {
      let start = writer.begin(25)
      for (name, property) in properties {
        let named = writer.begin(1)
        writer.string(1, name)
        nestedSchema(2, property)
        writer.end(named)
      }
      writer.end(start)
    }
    extensions(31, schema)
  }

  // MARK: - Parts

  private mutating func string(_ field: Int, _ value: Value?) {
    if let text = value?.string, !text.isEmpty { writer.string(field, text) }
  }

  private mutating func strings(_ field: Int, _ value: Value?) {
    for text in value?.strings ?? [] { writer.string(field, text) }
  }

  private mutating func flag(_ field: Int, _ value: Value?) {
    if value?.bool == true { writer.bool(field, true) }
  }

  private mutating func integer(_ field: Int, _ value: Value?) {
    if let number = value?.int { writer.integer(field, number) }
  }

  /// Any: its YAML (2), of which JSON is a part.
  private mutating func any(_ field: Int, _ value: Value) {
    let start = writer.begin(field)
    writer.bytes(2, JSON.encode(value) + [UInt8(ascii: "\n")])
    writer.end(start)
  }

  /// NamedAny of each member whose name begins with `x-`.
  private mutating func extensions(_ field: Int, _ value: Value) {
    for (name, member) in value.object ?? [:] where name.hasPrefix("x-") {
      let start = writer.begin(field)
      writer.string(1, name)
      any(2, member)
      writer.end(start)
    }
  }
}

extension SwaggerSection {
  /// The field of the document.
  fileprivate var documentField: Int {
    switch self {
    case .paths: 8
    case .definitions: 9
    case .parameters: 10
    }
  }

  /// The field of an entry in it.
  fileprivate var entryField: Int { self == .paths ? 2 : 1 }
}
