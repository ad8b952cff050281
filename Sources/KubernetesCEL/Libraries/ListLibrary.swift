import CEL
import Values

extension Library {
  /// Functions of lists (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes list
  /// library).
  static let lists = Library(functions: [
    .init(
      "isSorted",
      ordered.map { name, type in
        .member("list_\(name)_is_sorted_bool", [.list(type)], .bool, .unary(isSorted))
      }),
    .init(
      "sum",
      [("int", CELType.int), ("uint", .uint), ("double", .double), ("duration", .duration)].map {
        name, type in
        .member(
          "list_\(name)_sum_\(name)", [.list(type)], type,
          .unary { list throws(CELError) in try sum(list, type) })
      }),
    .init(
      "max",
      ordered.map { name, type in
        .member(
          "list_\(name)_max_\(name)", [.list(type)], type,
          .unary { list throws(CELError) in try extreme(list, "max") { $0 > 0 } })
      }),
    .init(
      "min",
      ordered.map { name, type in
        .member(
          "list_\(name)_min_\(name)", [.list(type)], type,
          .unary { list throws(CELError) in try extreme(list, "min") { $0 < 0 } })
      }),
    .init(
      "indexOf",
      [
        .member(
          "list_a_index_of_int", [.list(.parameter("A")), .parameter("A")], .int,
          .binary { list, value throws(CELError) in
            .int(Int64(try elements(list).firstIndex { $0 == value } ?? -1))
          })
      ]),
    .init(
      "lastIndexOf",
      [
        .member(
          "list_a_last_index_of_int", [.list(.parameter("A")), .parameter("A")], .int,
          .binary { list, value throws(CELError) in
            .int(Int64(try elements(list).lastIndex { $0 == value } ?? -1))
          })
      ]),
  ])

  /// The types whose values have an order.
  private static let ordered: [(String, CELType)] = [
    ("int", .int), ("uint", .uint), ("double", .double), ("bool", .bool), ("duration", .duration),
    ("timestamp", .timestamp), ("string", .string), ("bytes", .bytes),
  ]

  private static func elements(_ value: CELValue) throws(CELError) -> [CELValue] {
    guard let list = value.list else { throw .noSuchOverload }
    return list.values
  }

  @Sendable private static func isSorted(_ value: CELValue) throws(CELError) -> CELValue {
    let values = try elements(value)
    for (a, b) in zip(values, values.dropFirst()) where try order(a, b) > 0 { return .bool(false) }
    return .bool(true)
  }

  private static func extreme(
    _ value: CELValue, _ function: String, _ isBetter: (Int) -> Bool
  ) throws(CELError) -> CELValue {
    let values = try elements(value)
    guard var best = values.first else { throw CELError("\(function) called on empty list") }
    for value in values.dropFirst() where isBetter(try order(value, best)) { best = value }
    return best
  }

  /// -1, 0 or 1, as `a` is before, the same as or after `b`.
  private static func order(_ a: CELValue, _ b: CELValue) throws(CELError) -> Int {
    func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }
    return switch (a, b) {
    case (.int(let a), .int(let b)): sign(a, b)
    case (.uint(let a), .uint(let b)): sign(a, b)
    case (.double(let a), .double(let b)): sign(a, b)
    case (.int(let a), .double(let b)): sign(Double(a), b)
    case (.double(let a), .int(let b)): sign(a, Double(b))
    case (.bool(let a), .bool(let b)): sign(a ? 1 : 0, b ? 1 : 0)
    case (.duration(let a), .duration(let b)): sign(a, b)
    case (.timestamp(let a), .timestamp(let b)): sign(a, b)
    case (.string(let a), .string(let b)):
      a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
    case (.bytes(let a), .bytes(let b)): a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
    default: throw .noSuchOverload
    }
  }

  private static func sum(_ value: CELValue, _ type: CELType) throws(CELError) -> CELValue {
    let values = try elements(value)
    switch type {
    case .int: return .int(try sum(values, overflow: "integer overflow") { $0.int })
    case .uint: return .uint(try sum(values, overflow: "unsigned integer overflow") { $0.uint })
    case .double: return .double(values.reduce(0) { $0 + ($1.double ?? $1.int.map(Double.init) ?? 0) })
    default:
      let sum = try sum(values, overflow: "integer overflow") { $0.duration?.nanoseconds }
      return .duration(CELDuration(nanoseconds: sum))
    }
  }

  private static func sum<T: FixedWidthInteger>(
    _ values: [CELValue], overflow message: String, _ read: (CELValue) -> T?
  ) throws(CELError) -> T {
    var sum: T = 0
    for value in values {
      guard let number = read(value) else { throw .noSuchOverload }
      let (result, overflow) = sum.addingReportingOverflow(number)
      if overflow { throw CELError(message) }
      sum = result
    }
    return sum
  }
}

extension CELValue {
  fileprivate var uint: UInt64? { if case .uint(let v) = self { v } else { nil } }
  fileprivate var double: Double? { if case .double(let v) = self { v } else { nil } }
  fileprivate var duration: CELDuration? { if case .duration(let v) = self { v } else { nil } }
}
