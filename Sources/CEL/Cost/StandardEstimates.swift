/// What cel-go estimates calls of the standard library to cost, with the costs of their arguments.
enum StandardEstimates {
  static func estimate(_ call: CostEstimator.Call, _ overload: String) -> CallEstimate {
    let arguments = call.arguments
    let factor = CostFactor.stringTraversal
    let added = call.argumentCost
    switch (overload, arguments.count) {
    case ("string_format", _):
      // How large the result is can't be told.
      guard let target = call.target else { break }
      return CallEstimate(target.sizeOrUnknown.cost(perUnit: factor).adding(added))
    case ("string_to_bytes", 1):
      let size = arguments[0].sizeOrUnknown
      // A code point is four bytes at most.
      let result = SizeEstimate(min: size.min, max: size.max &* 4)
      return CallEstimate(size.cost(perUnit: factor).adding(added), resultSize: result)
    case ("bytes_to_string", 1):
      let size = arguments[0].sizeOrUnknown
      return CallEstimate(
        size.cost(perUnit: factor).adding(added), resultSize: SizeEstimate(min: size.min / 4, max: size.max))
    case ("strings_quote", 1):
      let size = arguments[0].sizeOrUnknown
      // Each code point may be escaped, and there are two quotes.
      let result = SizeEstimate(min: size.min &+ 2, max: size.max &* 2 &+ 2)
      return CallEstimate(size.cost(perUnit: factor).adding(added), resultSize: result)
    case ("starts_with_string", 1), ("ends_with_string", 1):
      return CallEstimate(arguments[0].sizeOrUnknown.cost(perUnit: factor).adding(added))
    case ("in_list", 2):
      return CallEstimate(arguments[1].sizeOrUnknown.cost(perUnit: 1).adding(added))
    case ("matches_string", 1):
      guard let target = call.target else { break }
      let text = target.sizeOrUnknown.adding(.fixed(1)).cost(perUnit: factor)
      let pattern = arguments[0].sizeOrUnknown.cost(perUnit: CostFactor.regexLength)
      return CallEstimate(text.multiplied(by: pattern).adding(added))
    case ("contains_string", 1):
      guard let target = call.target else { break }
      let text = target.sizeOrUnknown.cost(perUnit: factor)
      let part = arguments[0].sizeOrUnknown.cost(perUnit: factor)
      return CallEstimate(text.multiplied(by: part).adding(added))
    case ("logical_or", 2), ("logical_and", 2):
      // The right side may not be run.
      let left = call.costs[0]
      return CallEstimate(CostEstimate(min: left.min, max: left.adding(call.costs[1]).max))
    case ("conditional", 3):
      let cost = call.costs[0].adding(call.costs[1].union(call.costs[2]))
      return CallEstimate(
        cost, resultSize: arguments[1].sizeOrUnknown.union(arguments[2].sizeOrUnknown))
    case ("add_string", 2), ("add_bytes", 2):
      let size = arguments[0].sizeOrUnknown.adding(arguments[1].sizeOrUnknown)
      return CallEstimate(size.cost(perUnit: factor).adding(added), resultSize: size)
    case ("add_list", 2):
      let size = arguments[0].sizeOrUnknown.adding(arguments[1].sizeOrUnknown)
      return CallEstimate(CostEstimate.fixed(1).adding(added), resultSize: size)
    case (let id, 2) where traversals.contains(id):
      let most = min(arguments[0].sizeOrUnknown.max, arguments[1].sizeOrUnknown.max)
      let cost = CostEstimate(min: most > 0 ? 1 : 0, max: most).multiplied(byFactor: factor)
      return CallEstimate(cost.adding(added))
    default: break
    }
    return CallEstimate(CostEstimate.fixed(1).adding(added))
  }

  /// The overloads that go through the smaller of their two arguments.
  private static let traversals: Set<String> = [
    "less_string", "greater_string", "less_equals_string", "greater_equals_string", "less_bytes",
    "greater_bytes", "less_equals_bytes", "greater_equals_bytes", "equals", "not_equals",
  ]
}
