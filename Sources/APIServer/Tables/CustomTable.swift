import Values

/// The table of a custom resource: its name, and the columns that its CustomResourceDefinition adds
/// (Kubernetes documentation, "Additional printer columns").
struct CustomTable: TableLayout {
  private struct Column {
    var type: String
    var path: SimpleJSONPath
  }

  let columns: [Value]
  private let added: [Column]

  /// - Parameter columns: `additionalPrinterColumns`; the age where there are none. Those from the first on
  ///   whose path is none are left out, as the real server does.
  init(columns definitions: [Value]?) {
    var columns = [tableColumn("Name", format: "name")]
    var added: [Column] = []
    let definitions = definitions ?? []
    for definition in definitions.isEmpty ? [Self.age] : definitions {
      let text = definition["jsonPath"]?.string ?? ""
      guard let path = SimpleJSONPath(text) else { break }
      let type = definition["type"]?.string ?? ""
      added.append(Column(type: type, path: path))
      columns.append(
        tableColumn(
          definition["name"]?.string ?? "", type: type, format: definition["format"]?.string ?? "",
          description: Self.description(definition, path: text), priority: definition["priority"]?.int ?? 0))
    }
    self.columns = columns
    self.added = added
  }

  /// The table of the `scale` subresource.
  /// - Parameter scale: `subresources.scale` of the version.
  init(scale: Value?) {
    let counts = [
      ("specReplicasPath", "Desired", "Number of desired replicas", ".spec.replicas"),
      ("statusReplicasPath", "Available", "Number of actual replicas", ".status.replicas"),
    ]
    var columns: [Value] = []
    for (key, name, description, path) in counts where scale?[key]?.string?.isEmpty == false {
      columns.append([
        "name": .string(name), "type": "integer", "description": .string(description),
        "jsonPath": .string(path),
      ])
    }
    self.init(columns: columns + [Self.age])
  }

  private static let agePath = ".metadata.creationTimestamp"
  private static let age: Value = [
    "name": "Age", "type": "date", "jsonPath": .string(agePath), "description": "",
  ]

  private static func description(_ column: Value, path: String) -> String {
    let given = column["description"]?.string
    if column == age { return "" }
    if let given, !given.isEmpty { return given }
    return "Custom resource definition column (in JSONPath format): \(path)"
  }

  func cells(_ object: Value, now: Timestamp) -> [Value] {
    let name = Value.string(ObjectReader(object, now: now).name)
    return [name] + added.map { Self.cell($0.path.first(in: object), type: $0.type, now: now) }
  }

  // MARK: - Cells

  /// What the path leads to, in the type of the column; null for nothing, and for what is of another type.
  private static func cell(_ value: Value?, type: String, now: Timestamp) -> Value {
    guard let value else { return .null }
    switch (type, value) {
    case ("string", _): return .string(text(value))
    case ("integer", .int): return value
    case ("integer", .double(let number)):
      return Int64(exactly: number.rounded(.towardZero)).map(Value.int) ?? .null
    case ("number", .int(let number)): return .double(Double(number))
    case ("number", .double): return value
    case ("boolean", .bool): return value
    case ("date", .string(let text)): return .string(age(text, now: now))
    default: return .null
    }
  }

  private static func age(_ text: String, now: Timestamp) -> String {
    if !text.isEmpty, text != "null", Timestamp(rfc3339: text) == nil { return "<invalid>" }
    return ObjectReader(.string(text), now: now).since
  }

  /// As Go prints a value: lists and objects as JSON.
  private static func text(_ value: Value) -> String {
    switch value {
    case .null: "<no value>"
    case .bool(let value): value ? "true" : "false"
    case .int(let number): String(number)
    case .double: JSON.text(value)
    case .string(let text): text
    case .array, .object: JSON.text(sorted(value))
    }
  }

  private static func sorted(_ value: Value) -> Value {
    switch value {
    case .array(let elements): .array(elements.map(sorted))
    case .object(let object):
      .object(Object(object.sortedKeys.map { ($0, sorted(object[$0] ?? .null)) }))
    default: value
    }
  }
}
