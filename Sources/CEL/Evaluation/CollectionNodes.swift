/// `[a, b, ?c]`.
final class ListNode: Node {
  private let elements: [any Node]
  private let optionals: Set<Int>

  init(_ elements: [any Node], optionals: [Int]) {
    self.elements = elements
    self.optionals = Set(optionals)
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var values: [CELValue] = []
    values.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      let value = try element.evaluate(frame)
      if optionals.isEmpty || !optionals.contains(index) {
        values.append(value)
      } else if let held = try value.optionalEntry(index) {
        values.append(held)
      }
    }
    try frame.charge(CostFactor.listCreation)
    return .values(values)
  }
}

/// `{a: b, ?c: d}`.
final class MapNode: Node {
  private let entries: [(key: any Node, value: any Node, isOptional: Bool)]

  init(_ entries: [(key: any Node, value: any Node, isOptional: Bool)]) { self.entries = entries }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var map: [CELMapKey: CELValue] = [:]
    map.reserveCapacity(entries.count)
    for entry in entries {
      let keyValue = try entry.key.evaluate(frame)
      var value = try entry.value.evaluate(frame)
      guard let key = CELMapKey(keyValue) else {
        throw CELError("unsupported key type: \(keyValue.type.runtimeName)")
      }
      if entry.isOptional {
        guard let held = try value.optionalEntry(keyValue.plainText) else { continue }
        value = held
      }
      guard map.updateValue(value, forKey: key) == nil else {
        throw CELError("Failed with repeated key")
      }
    }
    try frame.charge(CostFactor.mapCreation)
    return .map(CELMap(map))
  }
}

/// `Type{field: value}`.
final class StructureNode: Node {
  private let type: String
  private let fields: [(name: String, value: any Node, isOptional: Bool)]
  private let provider: any TypeProvider

  init(
    _ type: String, _ fields: [(name: String, value: any Node, isOptional: Bool)],
    _ provider: any TypeProvider
  ) {
    self.type = type
    self.fields = fields
    self.provider = provider
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    var values: [(name: String, value: CELValue)] = []
    for field in fields {
      let value = try field.value.evaluate(frame)
      if !field.isOptional {
        values.append((field.name, value))
      } else if let held = try value.optionalEntry(field.name) {
        values.append((field.name, held))
      }
    }
    try frame.charge(CostFactor.structureCreation)
    return try provider.makeObject(type, values)
  }
}

extension CELValue {
  /// What an entry written with `?` holds; nil where it is to be left out.
  fileprivate func optionalEntry(_ place: some CustomStringConvertible) throws(CELError) -> CELValue? {
    guard case .optional(let optional) = self else {
      throw CELError(
        "cannot initialize optional entry '\(place)' from non-optional value \(plainText)")
    }
    return optional.value
  }
}

/// A loop over a list or a map.
final class FoldNode: Node {
  struct Slots: Sendable {
    let variable: Int
    let secondVariable: Int?
    let accumulator: Int
  }

  private let range: any Node
  private let slots: Slots
  private let initial: any Node
  /// Nil where it is always true.
  private let condition: (any Node)?
  private let step: any Node
  private let result: any Node

  init(
    range: any Node, slots: Slots, initial: any Node, condition: (any Node)?, step: any Node,
    result: any Node
  ) {
    self.range = range
    self.slots = slots
    self.initial = initial
    self.condition = condition
    self.step = step
    self.result = result
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    let range = try self.range.evaluate(frame)
    frame.slots[slots.accumulator] = try initial.evaluate(frame)
    // An error of a round is the accumulator until a later round absorbs it.
    var failure: CELError?
    switch range {
    case .list(let list):
      for index in 0..<list.count {
        guard let element = list[safe: index] else { break }
        if let second = slots.secondVariable {
          frame.slots[slots.variable] = .int(Int64(index))
          frame.slots[second] = element
        } else {
          frame.slots[slots.variable] = element
        }
        if try !round(frame, &failure) { break }
      }
    case .map(let map): try loop(over: map.keys, frame, &failure) { map[$0] }
    case .object(let object):
      guard let structure = object.structure else {
        throw .noSuchOverload
      }
      let names = structure.members.keys.compactMap { structure.shape.name(ofKey: $0) }
      try loop(over: names.map(CELValue.string), frame, &failure) { key in
        key.string.flatMap { try? structure.field($0) }
      }
    default: throw .noSuchOverload
    }
    if let failure { throw failure }
    return try result.evaluate(frame)
  }

  private func loop(
    over keys: [CELValue], _ frame: Frame, _ failure: inout CELError?, value: (CELValue) -> CELValue?
  ) throws(CELError) {
    for key in keys {
      frame.slots[slots.variable] = key
      if let second = slots.secondVariable { frame.slots[second] = value(key) ?? .null }
      if try !round(frame, &failure) { break }
    }
  }

  /// - Returns: whether the loop goes on.
  private func round(_ frame: Frame, _ failure: inout CELError?) throws(CELError) -> Bool {
    try frame.countRound()
    if let condition {
      // The accumulator being an error is not strictly false.
      if failure == nil {
        if case .bool(false) = try condition.evaluate(frame) { return false }
      }
    }
    if let error = failure {
      // Only a loop of `&&` or `||` can get over it: its step is tried with the error as the accumulator.
      guard let logic = step as? FoldLogicNode else { return false }
      do throws(CELError) {
        frame.slots[slots.accumulator] = try logic.evaluate(frame, accumulator: error)
        failure = nil
      } catch {
        guard error.isAbsorbable else { throw error }
      }
      return true
    }
    do throws(CELError) {
      frame.slots[slots.accumulator] = try step.evaluate(frame)
    } catch {
      guard error.isAbsorbable else { throw error }
      failure = error
    }
    return true
  }
}

/// The step of a loop of `all` or `exists`: the accumulator `&&` or `||` a predicate.
final class FoldLogicNode: Node {
  private let accumulator: any Node
  private let predicate: any Node
  private let deciding: Bool
  private let plain: LogicNode

  init(_ accumulator: any Node, _ predicate: any Node, deciding: Bool) {
    self.accumulator = accumulator
    self.predicate = predicate
    self.deciding = deciding
    plain = LogicNode(accumulator, predicate, deciding: deciding)
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue { try plain.evaluate(frame) }

  /// The step with an accumulator that is an error.
  func evaluate(_ frame: Frame, accumulator: CELError) throws(CELError) -> CELValue {
    do throws(CELError) {
      if case .bool(let isTrue) = try predicate.evaluate(frame), isTrue == deciding {
        return .bool(deciding)
      }
    } catch {
      guard error.isAbsorbable else { throw error }
    }
    throw accumulator
  }
}

/// The step `accumulator + [value]`, made in place.
final class AppendNode: Node {
  private let accumulator: Int
  private let value: any Node
  private let listCost: UInt64

  init(accumulator: Int, value: any Node, listCost: UInt64) {
    self.accumulator = accumulator
    self.value = value
    self.listCost = listCost
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    // The accumulator.
    try frame.charge(CostFactor.selectOrIdentifier)
    let element = try value.evaluate(frame)
    // The list of one element, and the operator.
    try frame.charge(listCost + 1)
    guard case .list(var list)? = frame.slots[accumulator] else { throw .noSuchOverload }
    frame.slots[accumulator] = nil
    list.append(element)
    return .list(list)
  }
}

/// The step that sets an entry of a map, made in place.
final class MapInsertNode: Node {
  private let accumulator: Int
  private let key: any Node
  /// Nil where the key is a map of the entries to set.
  private let value: (any Node)?

  init(accumulator: Int, key: any Node, value: (any Node)?) {
    self.accumulator = accumulator
    self.key = key
    self.value = value
  }

  func evaluate(_ frame: Frame) throws(CELError) -> CELValue {
    try frame.charge(CostFactor.selectOrIdentifier)
    let key = try self.key.evaluate(frame)
    var added: [(CELMapKey, CELValue)] = []
    if let value {
      guard let mapKey = CELMapKey(key) else {
        throw CELError("unsupported key type: \(key.type.runtimeName)")
      }
      added.append((mapKey, try value.evaluate(frame)))
    } else {
      guard case .map(let map) = key else { throw .noSuchOverload("cel.@mapInsert", [key]) }
      added = map.entries.map { ($0.key, $0.value) }
    }
    try frame.charge(1)
    guard case .map(var map)? = frame.slots[accumulator] else { throw .noSuchOverload }
    for (key, _) in added where map[key] != nil {
      throw CELError("insert failed: key \(key.value.plainText) already exists")
    }
    frame.slots[accumulator] = nil
    for (key, value) in added { map.insert(value, forKey: key) }
    return .map(map)
  }
}
