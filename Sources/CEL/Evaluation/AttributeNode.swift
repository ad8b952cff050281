import Values

/// A variable or another value with the fields and indexes after it: `a.b[c].d`.
final class AttributeNode: Node {
  enum Root: Sendable {
    case variable(slot: Int, name: String)
    case node(any Node)
    /// The condition and the two branches of `c ? a : b`.
    case conditional(any Node, AttributeNode, AttributeNode)
  }

  struct Qualifier: Sendable {
    enum Kind: Sendable {
      case field(String)
      case constant(CELValue)
      /// An index that is itself an attribute: it costs no more than its own qualifiers.
      case attribute(AttributeNode)
      case node(any Node)
    }

    let kind: Kind
    /// Written `.?` or `[?`.
    let isOptional: Bool
  }

  let root: Root
  let qualifiers: [Qualifier]
  /// `has()` of the last qualifier.
  let isTest: Bool
  /// What the attribute costs beside its qualifiers.
  let cost: UInt64

  init(root: Root, qualifiers: [Qualifier] = [], isTest: Bool = false, cost: UInt64 = 1) {
    self.root = root
    self.qualifiers = qualifiers
    self.isTest = isTest
    self.cost = cost
  }

  /// The same with another qualifier.
  func adding(_ qualifier: Qualifier) -> AttributeNode {
    AttributeNode(root: root, qualifiers: qualifiers + [qualifier], isTest: isTest, cost: cost)
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    if cost > 0 { try frame.charge(cost) }
    return try resolve(frame)
  }

  /// The value, without the cost of the attribute itself.
  func resolve(_ frame: Frame) throws(CELError) -> CELValue {
    let start: CELValue
    switch root {
    case .variable(let slot, let name): start = try frame.variable(slot, name)
    case .node(let node): start = try node.evaluate(frame)
    case .conditional(let condition, let ifTrue, let ifFalse):
      guard case .bool(let isTrue) = try condition.evaluate(frame) else { throw .noSuchOverload }
      start = try (isTrue ? ifTrue : ifFalse).resolve(frame)
    }
    if qualifiers.isEmpty { return start }
    return try qualify(start, frame)
  }

  private func qualify(_ start: CELValue, _ frame: Frame) throws(CELError) -> CELValue {
    var isOptional = false
    var cursor = AttributeCursor.value(start)
    if case .optional(let optional) = start {
      guard let value = optional.value else { return isTest ? .bool(false) : start }
      isOptional = true
      cursor = .value(value)
    }
    let last = qualifiers.count - 1
    for (index, qualifier) in qualifiers.enumerated() {
      try frame.charge(1)
      isOptional = isOptional || qualifier.isOptional
      let key = try key(of: qualifier, frame)
      if isTest, index == last { return .bool(try cursor.step(key) != nil) }
      if let next = try cursor.step(key) {
        cursor = next
      } else {
        guard isOptional else { throw cursor.missing(key) }
        return isTest ? .bool(false) : .none
      }
    }
    return isOptional ? .some(cursor.result) : cursor.result
  }

  private func key(of qualifier: Qualifier, _ frame: Frame) throws(CELError) -> AttributeKey {
    switch qualifier.kind {
    case .field(let name): return .field(name)
    case .constant(let value): return AttributeKey(value)
    case .attribute(let attribute): return AttributeKey(try attribute.resolve(frame))
    case .node(let node): return AttributeKey(try node.evaluate(frame))
    }
  }
}

/// What a qualifier asks for.
enum AttributeKey {
  case field(String)
  case value(CELValue)

  init(_ value: CELValue) {
    if case .string(let name) = value { self = .field(name) } else { self = .value(value) }
  }

  var value: CELValue {
    switch self {
    case .field(let name): .string(name)
    case .value(let value): value
    }
  }
}

/// Where the reading of an attribute is: inside a JSON tree no value is made before the end.
enum AttributeCursor {
  case value(CELValue)
  case json(Value, any JSONShape)

  var result: CELValue {
    switch self {
    case .value(let value): value
    case .json(let json, let shape): shape.value(of: json)
    }
  }

  /// What is under a key; nil where there is nothing.
  /// - Throws: where the key is of a type that the value has no keys of.
  func step(_ key: AttributeKey) throws(CELError) -> AttributeCursor? {
    switch self {
    case .json(.object(let members), let shape):
      guard case .field(let name) = key, let member = shape.member(name),
        let json = shape.found(member, in: members)
      else { return nil }
      return .json(json, member.shape)
    case .json(let json, let shape): return try Self.step(shape.value(of: json), key)
    case .value(let value): return try Self.step(value, key)
    }
  }

  private static func step(_ value: CELValue, _ key: AttributeKey) throws(CELError) -> AttributeCursor? {
    switch value {
    case .object(let object):
      guard case .field(let name) = key else { return nil }
      if let structure = object.structure {
        guard let member = structure.shape.member(name),
          let json = structure.shape.found(member, in: structure.members)
        else { return nil }
        return .json(json, member.shape)
      }
      return try object.hasField(name) ? .value(try object.field(name)) : nil
    case .map(let map):
      if case .json(let json) = map.storage, case .field(let name) = key {
        guard let member = json.shape.member(name), let value = json.members[member.key] else { return nil }
        return .json(value, member.shape)
      }
      return map[key.value].map(AttributeCursor.value)
    case .list(let list):
      let index = try list.index(key.value)
      return list[safe: index].map(AttributeCursor.value)
    default: return nil
    }
  }

  /// The error where nothing is under the key.
  func missing(_ key: AttributeKey) -> CELError {
    if case .list = result { return .indexOutOfBounds(key.value.plainText) }
    return .noSuchKey(key.value.plainText)
  }
}

extension CELList {
  /// The whole number that a value is as an index.
  func index(_ value: CELValue) throws(CELError) -> Int {
    switch value {
    case .int(let v): return Int(v)
    case .uint(let v): return Int(exactly: v) ?? Int.max
    case .double(let v):
      guard let whole = Int(exactly: v) else {
        throw CELError("unsupported index value \(value.plainText) in list")
      }
      return whole
    default: throw CELError("unsupported index type '\(value.type.runtimeName)' in list")
    }
  }
}
