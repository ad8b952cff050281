import CEL
import Schema
import Values

extension SchemaShape.ListMeaning {
  init(_ schema: StructuralSchema) {
    switch schema.listType {
    case "set": self = .set
    case "map": self = .map(keys: schema.listMapKeys)
    default: self = .atomic
    }
  }

  func list(_ elements: [Value], _ shape: SchemaShape) -> CELList {
    switch self {
    case .atomic: CELList(elements, shape: shape)
    case .set: CELList(SetList(elements, shape))
    case .map(let keys): CELList(MapList(elements, shape, keys: keys))
    }
  }
}

/// A list with `x-kubernetes-list-type: set`: `==` ignores the order and `+` adds what is not there yet.
final class SetList: CELListStorage {
  private let elements: [Value]
  private let shape: SchemaShape

  init(_ elements: [Value], _ shape: SchemaShape) {
    self.elements = elements
    self.shape = shape
  }

  var count: Int { elements.count }
  func element(_ index: Int) -> CELValue { shape.value(of: elements[index]) }

  func isEqual(to other: CELList) -> Bool {
    guard elements.count == other.count else { return false }
    let known = Set(elements)
    return other.allSatisfy { (try? CELJSON.value(of: $0)).map(known.contains) ?? false }
  }

  func contains(_ value: CELValue) -> Bool { elements.contains { shape.value(of: $0) == value } }

  func concatenated(with other: CELList) throws(CELError) -> CELValue {
    var known = Set(elements)
    var joined = elements
    for value in other {
      let json = try CELJSON.value(of: value)
      if known.insert(json).inserted { joined.append(json) }
    }
    return .list(CELList(SetList(joined, shape)))
  }
}

/// A list with `x-kubernetes-list-type: map`: elements with the same keys belong together. `==` ignores the
/// order; `+` replaces elements where they stand and adds those whose keys are new.
final class MapList: CELListStorage {
  private let elements: [Value]
  private let shape: SchemaShape
  private let keys: [String]

  init(_ elements: [Value], _ shape: SchemaShape, keys: [String]) {
    self.elements = elements
    self.shape = shape
    self.keys = keys
  }

  var count: Int { elements.count }
  func element(_ index: Int) -> CELValue { shape.value(of: elements[index]) }
  func contains(_ value: CELValue) -> Bool { elements.contains { shape.value(of: $0) == value } }

  func isEqual(to other: CELList) -> Bool {
    guard elements.count == other.count else { return false }
    let known = Dictionary(elements.map { (ListKey.of($0, keys), $0) }, uniquingKeysWith: { $1 })
    return other.allSatisfy { value in
      // Only elements of objects have keys; a map written in an expression has none.
      guard let json = value.object?.json, let mine = known[ListKey.of(json, keys)] else { return false }
      return shape.value(of: mine) == value
    }
  }

  func concatenated(with other: CELList) throws(CELError) -> CELValue {
    var joined = elements
    var places: [Value: Int] = [:]
    for (index, element) in elements.enumerated() { places[ListKey.of(element, keys)] = index }
    for value in other {
      let json = try CELJSON.value(of: value)
      if let place = places[ListKey.of(json, keys)] { joined[place] = json } else { joined.append(json) }
    }
    return .list(CELList(MapList(joined, shape, keys: keys)))
  }
}
