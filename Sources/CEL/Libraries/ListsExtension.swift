import Values

extension Library {
  /// Parts, order and flattening of lists: `slice`, `flatten`, `distinct`, `reverse`, `sort`, `sortBy`,
  /// `lists.range` (cel-go's ext.Lists, version 3).
  public static let extendedLists = Library(
    functions: ListsExtension.functions, macros: [ListsExtension.sortBy])
}

/// The functions behind ``Library/extendedLists``.
private enum ListsExtension {
  private static let list = CELType.list(.parameter("T"))

  /// The name of the function that `sortBy` becomes; no expression can write it.
  private static let sortByKeys = "@sortByAssociatedKeys"

  /// The most elements that a function may make: as many as joined lists may have.
  private static let countLimit = 1_000_000
  /// The most pairs of elements that may be compared: more cost more than any expression may.
  private static let pairLimit = 10_000_000

  /// The types whose values have an order.
  private static let ordered: [CELType] = [
    .int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes,
  ]

  // MARK: - Functions

  static let functions: [FunctionDeclaration] = [
    FunctionDeclaration(
      "slice",
      [
        .member(
          "list_slice", [list, .int, .int], list, runtimeCost: outputCost,
          costEstimate: { estimator, target, arguments in
            guard let target, arguments.count == 2 else { return nil }
            let start = literal(arguments[0]) ?? 0
            let end = literal(arguments[1]) ?? estimator.sizeOf(target).max
            return estimate(1, .fixed(end &- start))
          },
          .ternary { list, start, end throws(CELError) in
            try slice(try elements(list), try whole(start), try whole(end))
          })
      ]),
    FunctionDeclaration(
      "flatten",
      [
        .member(
          "list_flatten", [.list(list)], list, runtimeCost: flattenCost, costEstimate: flattenEstimate,
          .unary { list throws(CELError) in .values(try flatten(list, 1)) }),
        .member(
          "list_flatten_int", [.list(.dyn), .int], .list(.dyn), runtimeCost: flattenCost,
          costEstimate: flattenEstimate,
          .binary { list, depth throws(CELError) in .values(try flatten(list, try whole(depth))) }),
      ]),
    FunctionDeclaration(
      "sort",
      ordered.map { type in
        .member(
          "list_\(type.runtimeName)_sort", [.list(type)], .list(type),
          runtimeCost: { arguments, _ in selfComparison(arguments.first) },
          costEstimate: { estimator, target, arguments in
            guard let target, arguments.isEmpty else { return nil }
            return sortEstimate(estimator.sizeOf(target), type)
          },
          .unary { list throws(CELError) in
            let values = try elements(list)
            return try sort(values, by: values)
          })
      }),
    FunctionDeclaration(
      sortByKeys,
      ordered.map { type in
        .member(
          "list_\(type.runtimeName)_sortByAssociatedKeys", [list, .list(type)], list,
          runtimeCost: { arguments, _ in selfComparison(arguments.last) },
          costEstimate: { estimator, target, arguments in
            guard target != nil, arguments.count == 1 else { return nil }
            return sortEstimate(estimator.sizeOf(arguments[0]), type)
          },
          .binary { list, keys throws(CELError) in try sort(try elements(list), by: try elements(keys)) })
      }),
    FunctionDeclaration(
      "lists.range",
      [
        .global(
          "lists_range", [.int], .list(.int), runtimeCost: outputCost,
          costEstimate: { _, target, arguments in
            guard target == nil, arguments.count == 1 else { return nil }
            return estimate(1, .fixed(literal(arguments[0]) ?? .max))
          },
          .unary { count throws(CELError) in try range(try whole(count)) })
      ]),
    FunctionDeclaration(
      "reverse",
      [
        .member(
          "list_reverse", [list], list, runtimeCost: outputCost,
          costEstimate: { estimator, target, arguments in
            guard let target, arguments.isEmpty else { return nil }
            return estimate(1, estimator.sizeOf(target))
          },
          .unary { list throws(CELError) in .values(try elements(list).reversed()) })
      ]),
    FunctionDeclaration(
      "distinct",
      [
        .member(
          "list_distinct", [list], list, runtimeCost: { arguments, _ in selfComparison(arguments.first) },
          costEstimate: { estimator, target, arguments in
            guard let target, arguments.isEmpty else { return nil }
            let size = estimator.sizeOf(target)
            return estimate(2, size.multiplied(by: size))
          },
          .unary { list throws(CELError) in try distinct(try elements(list)) })
      ]),
  ]

  /// `list.sortBy(x, key)`: the list with a name, sorted by the keys of its elements.
  static let sortBy = Macro.member("sortBy", arguments: 2) {
    factory, target, arguments throws(Macro.ExpansionError) in
    guard let target else { return nil }
    switch target.kind {
    case .list, .select, .identifier, .comprehension, .call: break
    default:
      throw Macro.ExpansionError(
        "sortBy can only be applied to a list, identifier, comprehension, call or select expression",
        at: target)
    }
    let name = "@__sortBy_input__"
    let input = factory.identifier(name)
    guard let keys = try factory.collect(input, [arguments[0]], filter: nil, arguments[1]) else { return nil }
    let sorted = factory.memberCall(sortByKeys, factory.identifier(name), keys)
    return factory.bind(name, to: target, in: sorted)
  }

  // MARK: - What they do

  private static func elements(_ value: CELValue) throws(CELError) -> [CELValue] {
    guard let list = value.list else { throw .noSuchOverload }
    return list.values
  }

  private static func whole(_ value: CELValue) throws(CELError) -> Int64 {
    guard let number = value.int else { throw .noSuchOverload }
    return number
  }

  private static func slice(_ values: [CELValue], _ start: Int64, _ end: Int64) throws(CELError) -> CELValue {
    func failure(_ reason: String) -> CELError { CELError("cannot slice(\(start), \(end)), \(reason)") }
    if start < 0 || end < 0 { throw failure("negative indexes not supported") }
    if start > end { throw failure("start index must be less than or equal to end index") }
    if end > values.count { throw failure("list is length \(values.count)") }
    return .values(Array(values[Int(start)..<Int(end)]))
  }

  private static func flatten(_ list: CELValue, _ depth: Int64) throws(CELError) -> [CELValue] {
    if depth < 0 { throw CELError("level must be non-negative") }
    var flat: [CELValue] = []
    for value in try elements(list) {
      if depth > 0, value.list != nil {
        flat += try flatten(value, depth - 1)
      } else {
        flat.append(value)
      }
      // A list may hold another many times over.
      if flat.count > countLimit { throw CELError("list exceeds \(countLimit) elements") }
    }
    return flat
  }

  private static func range(_ count: Int64) throws(CELError) -> CELValue {
    if count < 0 { throw CELError("lists.range: size must be non-negative, got \(count)") }
    // Each element costs 1: more than that cost more than any expression may.
    if count > countLimit { throw .costLimit }
    return .values((0..<count).map(CELValue.int))
  }

  private static func distinct(_ values: [CELValue]) throws(CELError) -> CELValue {
    try checkPairs(values.count)
    var unique: [CELValue] = []
    var comparison = Comparison()
    for value in values where !(try comparison.contains(CELList(unique), value)) { unique.append(value) }
    return .values(unique)
  }

  private static func sort(_ values: [CELValue], by keys: [CELValue]) throws(CELError) -> CELValue {
    guard values.count == keys.count else {
      throw CELError(
        "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, "
          + "but got \(values.count) and \(keys.count) elements respectively")
    }
    guard let first = keys.first else { return .values([]) }
    try checkPairs(keys.count)
    guard ordered.contains(first.type) else { throw CELError("list elements must be comparable") }
    guard keys.allSatisfy({ $0.type == first.type }) else {
      throw CELError("list elements must have the same type")
    }
    let order = keys.indices.sorted { isBefore(keys[$0], keys[$1]) }
    return .values(order.map { values[$0] })
  }

  /// Whether one of two values of the same type is before the other.
  private static func isBefore(_ a: CELValue, _ b: CELValue) -> Bool {
    switch (a, b) {
    case (.int(let a), .int(let b)): a < b
    case (.uint(let a), .uint(let b)): a < b
    case (.double(let a), .double(let b)): a < b
    case (.bool(let a), .bool(let b)): !a && b
    case (.duration(let a), .duration(let b)): a < b
    case (.timestamp(let a), .timestamp(let b)): a < b
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    default: false
    }
  }

  /// Costs are charged when the work is done, so that it is bounded here.
  private static func checkPairs(_ count: Int) throws(CELError) {
    if count.multipliedReportingOverflow(by: count).partialValue > pairLimit || count > pairLimit {
      throw .costLimit
    }
  }

  // MARK: - Costs

  /// Of a call that makes a list: the call, the list, and so much for each unit of size.
  private static func cost(_ factor: Double, _ size: UInt64) -> UInt64 {
    let work = Double(size) * factor
    return (work >= 0x1p64 ? .max : UInt64(max(work, 0))).saturatingAdd(1 + CostFactor.listCreation)
  }

  private static let outputCost: Overload.RuntimeCost = { _, result in cost(1, result.costSize) }

  private static let flattenCost: Overload.RuntimeCost = { arguments, _ in
    let depth = arguments.count == 2 ? Double(arguments[1].int ?? 1) : 1
    return cost(depth, arguments.first?.costSize ?? 0)
  }

  /// Each element compared with each.
  private static func selfComparison(_ value: CELValue?) -> UInt64 {
    guard let list = value?.list, let first = list[safe: 0] else { return cost(2, 0) }
    let isText = first.type == .string || first.type == .bytes
    let size = UInt64(list.count)
    return cost(isText ? 2 + CostFactor.stringTraversal : 2, size.saturatingMultiply(size))
  }

  private static func estimate(_ factor: Double, _ size: SizeEstimate) -> CallEstimate {
    CallEstimate(size.cost(perUnit: factor).adding(.fixed(1 + CostFactor.listCreation)), resultSize: size)
  }

  private static func sortEstimate(_ size: SizeEstimate, _ type: CELType) -> CallEstimate {
    let isText = type == .string || type == .bytes
    return estimate(isText ? 2 + CostFactor.stringTraversal : 2, size.multiplied(by: size))
  }

  private static let flattenEstimate: Overload.CostEstimateFunction = { estimator, target, arguments in
    guard let target, arguments.count <= 1 else { return nil }
    let depth = arguments.first.map { literal($0) ?? .max } ?? 1
    return estimate(Double(depth), estimator.sizeOf(target))
  }

  /// The whole number that is written there, negative ones as 0; nil where it is no such literal.
  private static func literal(_ node: CostNode) -> UInt64? {
    guard case .literal(.int(let number)) = node.expression.kind else { return nil }
    return UInt64(max(number, 0))
  }
}

extension CostEstimating {
  /// The size as the expression tells it, or as the estimator does, or any size at all.
  fileprivate func sizeOf(_ node: CostNode) -> SizeEstimate { node.size ?? size(of: node) ?? .unknown }
}
