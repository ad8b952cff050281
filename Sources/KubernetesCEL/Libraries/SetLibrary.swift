import CEL

extension Library {
  /// Lists as sets, as cel-go's extension of that name.
  static let sets = Library(functions: [
    function("sets.contains", "list_sets_contains_list", factor: 1) { a, b in b.allSatisfy(a.contains) },
    function("sets.equivalent", "list_sets_equivalent_list", factor: 2) { a, b in
      a.allSatisfy(b.contains) && b.allSatisfy(a.contains)
    },
    function("sets.intersects", "list_sets_intersects_list", factor: 1) { a, b in
      a.contains(where: b.contains)
    },
  ])

  /// - Parameter factor: how often each element is compared with each.
  private static func function(
    _ name: String, _ id: String, factor: UInt64,
    _ holds: @escaping @Sendable ([CELValue], [CELValue]) -> Bool
  ) -> FunctionDeclaration {
    let list = CELType.list(.parameter("T"))
    return .init(
      name,
      [
        .global(
          id, [list, list], .bool,
          runtimeCost: { arguments, _ in
            arguments.map(\.costSize).reduce(factor) { $0.saturatingMultiply($1) }.saturatingAdd(1)
          },
          costEstimate: { estimator, _, arguments in
            guard arguments.count == 2 else { return nil }
            let size = estimator.sizeEstimate(arguments[0]).multiplied(
              by: estimator.sizeEstimate(arguments[1]))
            return CallEstimate(size.cost(perUnit: Double(factor)).adding(.fixed(1)))
          },
          .binary { a, b throws(CELError) in
            guard let a = a.list, let b = b.list else { throw .noSuchOverload }
            return .bool(holds(a.values, b.values))
          })
      ])
  }
}

extension CostEstimating {
  /// The size as the expression tells it, or as the estimator does, or any size at all.
  func sizeEstimate(_ node: CostNode) -> SizeEstimate { node.size ?? size(of: node) ?? .unknown }
}
