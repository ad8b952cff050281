/// What type parameters stand for so far, and whether types go together (the unification of cel-go's checker).
struct TypeUnifier {
  private var bindings: [String: CELType] = [:]
  private var freshCount = 0

  /// A type parameter that no other has the name of.
  mutating func fresh() -> CELType {
    defer { freshCount += 1 }
    return .parameter("_var\(freshCount)")
  }

  /// Whether a value of one type can stand for the other; binds parameters where it can, and only then.
  mutating func assign(_ a: CELType, _ b: CELType) -> Bool { assign([a], [b]) }

  mutating func assign(_ a: [CELType], _ b: [CELType]) -> Bool {
    let before = bindings
    if unifyAll(a, b) { return true }
    bindings = before
    return false
  }

  /// The type with its parameters replaced by what they stand for.
  /// - Parameter dyn: parameters that stand for nothing become dyn.
  func substitute(_ type: CELType, dyn: Bool = false) -> CELType {
    switch type {
    case .parameter(let name):
      if let bound = bindings[name] { return substitute(bound, dyn: dyn) }
      return dyn ? .dyn : type
    case .list(let element): return .list(substitute(element, dyn: dyn))
    case .map(let key, let value): return .map(substitute(key, dyn: dyn), substitute(value, dyn: dyn))
    case .opaque(let name, let parameters) where !parameters.isEmpty:
      return .opaque(name, parameters.map { substitute($0, dyn: dyn) })
    case .type(let of?): return .type(substitute(of, dyn: dyn))
    case .function(let result, let arguments):
      return .function(substitute(result, dyn: dyn), arguments.map { substitute($0, dyn: dyn) })
    default: return type
    }
  }

  private mutating func unifyAll(_ a: [CELType], _ b: [CELType]) -> Bool {
    guard a.count == b.count else { return false }
    for (a, b) in zip(a, b) {
      if !unify(a, b) { return false }
    }
    return true
  }

  private mutating func unify(_ a: CELType, _ b: CELType) -> Bool {
    if case .parameter(let name) = b {
      switch bind(name, to: a) {
      case .bound: return true
      case .conflict: return false
      case .circular: break  // perhaps the other way round
      }
    }
    if case .parameter(let name) = a { return bind(name, to: b) == .bound }
    if a.isDynOrError || b.isDynOrError { return true }
    switch (a, b) {
    case (.null, _): return Self.isNullable(b)
    case (_, .null): return Self.isNullable(a)
    case (.wrapper(let inner), _): return unify(inner, b)
    case (_, .wrapper(let inner)): return a == inner
    case (.list(let a), .list(let b)): return unify(a, b)
    case (.map(let aKey, let aValue), .map(let bKey, let bValue)):
      return unifyAll([aKey, aValue], [bKey, bValue])
    case (.opaque(let aName, let a), .opaque(let bName, let b)): return aName == bName && unifyAll(a, b)
    case (.type, .type): return true
    case (.function(let aResult, let a), .function(let bResult, let b)):
      return unifyAll(a + [aResult], b + [bResult])
    default: return a == b
    }
  }

  private static func isNullable(_ type: CELType) -> Bool {
    switch type {
    case .null, .object, .opaque, .timestamp, .duration, .any, .wrapper: true
    default: false
    }
  }

  private enum Binding {
    case bound
    /// It stands for another type already.
    case conflict
    /// The parameter is part of the type.
    case circular
  }

  private mutating func bind(_ name: String, to type: CELType) -> Binding {
    if type == .parameter(name) { return .bound }
    if let bound = bindings[name] {
      if bound == type { return .bound }
      guard unify(type, bound) else { return .conflict }
      let general = Self.moreGeneral(type, bound)
      if !refers(general, to: name) { bindings[name] = general }
      return .bound
    }
    if refers(type, to: name) { return .circular }
    bindings[name] = type
    return .bound
  }

  /// Whether the parameter is the type or part of it.
  private func refers(_ type: CELType, to name: String) -> Bool {
    if case .parameter(let other) = type {
      if other == name { return true }
      return bindings[other].map { refers($0, to: name) } ?? false
    }
    return type.parameters.contains { refers($0, to: name) }
  }

  /// Of two types that go together, the one that says less.
  static func moreGeneral(_ a: CELType, _ b: CELType) -> CELType { isAsGeneral(a, b) ? a : b }

  private static func isAsGeneral(_ a: CELType, _ b: CELType) -> Bool {
    if a.isDyn || a.isParameter { return true }
    if b.isDyn || b.isParameter { return false }
    switch (a, b) {
    case (.list(let a), .list(let b)): return isAsGeneral(a, b)
    case (.map(let aKey, let aValue), .map(let bKey, let bValue)):
      return isAsGeneral(aKey, bKey) && isAsGeneral(aValue, bValue)
    case (.opaque(let aName, let a), .opaque(let bName, let b)):
      return aName == bName && a.count == b.count && zip(a, b).allSatisfy { isAsGeneral($0, $1) }
    case (.type, .type): return true
    default: return a == b
    }
  }
}
