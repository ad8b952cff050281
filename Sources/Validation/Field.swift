import Schema
import Values

/// One field of an object under validation: its value, and the path that findings about it name.
///
/// A missing field is a field too, so that a rule reads the same whether its parents are there or not.
struct Field {
  /// The value; nil where the field is absent or null.
  let value: Value?
  private let steps: Steps

  /// A path that is written out only for a finding.
  private indirect enum Steps {
    case root(FieldPath)
    case child(Steps, String)
    case index(Steps, Int)
    case key(Steps, String)

    var path: FieldPath {
      switch self {
      case .root(let path): path
      case .child(let parent, let name): parent.path.child(name)
      case .index(let parent, let index): parent.path.index(index)
      case .key(let parent, let key): parent.path.key(key)
      }
    }
  }

  /// The object as a whole, or a part of it that has a path of its own.
  init(_ value: Value?, at path: FieldPath = "") {
    self.value = value?.isNull == true ? nil : value
    steps = .root(path)
  }

  private init(_ value: Value?, _ steps: Steps) {
    self.value = value?.isNull == true ? nil : value
    self.steps = steps
  }

  var path: FieldPath { steps.path }

  // MARK: - Other fields

  subscript(_ name: String) -> Field { Field(value?[name], .child(steps, name)) }

  /// The same field with another value.
  func with(_ value: Value?) -> Field { Field(value, steps) }

  /// The same value under another path.
  func renamed(_ path: FieldPath) -> Field { Field(value, .root(path)) }

  /// The path of an element, which need not be there.
  func index(_ index: Int) -> Field {
    let list = value?.array ?? []
    return Field(list.indices.contains(index) ? list[index] : nil, .index(steps, index))
  }

  /// The entry of a map.
  func key(_ key: String) -> Field { Field(value?[key], .key(steps, key)) }

  /// The elements of a list; none for anything else.
  var elements: [Field] {
    guard case .array(let list) = value else { return [] }
    return list.enumerated().map { Field($1, .index(steps, $0)) }
  }

  /// The entries of a map, in its order.
  var entries: [(key: String, field: Field)] {
    guard case .object(let object) = value else { return [] }
    return object.map { ($0.key, Field($0.value, .key(steps, $0.key))) }
  }

  // MARK: - Values

  var isSet: Bool { value != nil }
  /// The text; empty where there is none, as in Go.
  var text: String { value?.string ?? "" }
  var hasText: Bool { !text.isEmpty }
  var int: Int64? { value?.int }
  /// The number; zero where there is none.
  var number: Int64 { value?.int ?? 0 }
  var bool: Bool? { value?.bool }
  var isTrue: Bool { value?.bool ?? false }
  var object: Object? { value?.object }
  var strings: [String] { value?.strings ?? [] }
  /// The number of elements or entries.
  var count: Int { value?.array?.count ?? value?.object?.count ?? 0 }
  var isEmpty: Bool { count == 0 }
  /// The quantity that the value stands for.
  var quantity: Quantity? { value.flatMap { try? Quantity(json: $0) } }
}
