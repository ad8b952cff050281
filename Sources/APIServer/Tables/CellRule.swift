import Values

/// Makes the cells of one object's row.
typealias CellMaker = @Sendable (ObjectReader) -> [Value]

/// What one cell shows. Paths are dotted names below the object: `spec.nodeName`.
enum CellRule: Sendable {
  /// `metadata.name`
  case name
  /// How long ago the object was created.
  case age
  /// A text, and what stands for it where the field is missing.
  case text(String, missing: String = "")
  case integer(String)
  case bool(String, missing: Bool = false)
  /// The number of elements of an array or of members of an object.
  case count(String)
  /// The texts of an array.
  case joined(String)
  /// A map of labels.
  case labels(String)
  /// A metav1.LabelSelector.
  case selector(String)
  /// A text that takes more than one field.
  case computed(@Sendable (ObjectReader) -> String)

  func cell(_ object: ObjectReader) -> Value {
    switch self {
    case .name: .string(object.name)
    case .age: .string(object.age)
    case .text(let path, let missing): .string(object.at(path).text(orMissing: missing))
    case .integer(let path): .int(object.at(path).integer)
    case .bool(let path, let missing): .bool(object.at(path).value?.bool ?? missing)
    case .count(let path): .int(Int64(object.at(path).count))
    case .joined(let path): .string(object.at(path).joined)
    case .labels(let path): .string(object.at(path).labels)
    case .selector(let path): .string(object.at(path).labelSelector)
    case .computed(let text): .string(text(object))
    }
  }

  /// A maker of rows with a cell for each rule.
  static func row(_ rules: CellRule...) -> CellMaker {
    { object in rules.map { $0.cell(object) } }
  }
}
