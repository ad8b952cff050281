/// How large a string, byte sequence, list or map may be, as `size()` counts.
public struct SizeEstimate: Sendable, Hashable {
  public var min: UInt64
  public var max: UInt64

  public init(min: UInt64, max: UInt64) {
    self.min = min
    self.max = max
  }

  public static let unknown = SizeEstimate(min: 0, max: .max)
  public static func fixed(_ size: UInt64) -> SizeEstimate { SizeEstimate(min: size, max: size) }

  public func adding(_ other: SizeEstimate) -> SizeEstimate {
    SizeEstimate(min: min.saturatingAdd(other.min), max: max.saturatingAdd(other.max))
  }

  public func multiplied(by other: SizeEstimate) -> SizeEstimate {
    SizeEstimate(min: min.saturatingMultiply(other.min), max: max.saturatingMultiply(other.max))
  }

  /// Costs of so much for each unit of size, rounded up.
  public func cost(perUnit factor: Double) -> CostEstimate {
    CostEstimate(min: min.costMultiply(factor), max: max.costMultiply(factor))
  }

  public func multiplied(by cost: CostEstimate) -> CostEstimate {
    CostEstimate(min: min.saturatingMultiply(cost.min), max: max.saturatingMultiply(cost.max))
  }

  /// What both may be.
  public func union(_ other: SizeEstimate) -> SizeEstimate {
    SizeEstimate(min: Swift.min(min, other.min), max: Swift.max(max, other.max))
  }
}

/// What an expression may cost at least and at most. All arithmetic stops at the largest number.
public struct CostEstimate: Sendable, Hashable {
  public var min: UInt64
  public var max: UInt64

  public init(min: UInt64, max: UInt64) {
    self.min = min
    self.max = max
  }

  public static let zero = CostEstimate(min: 0, max: 0)
  public static let unknown = CostEstimate(min: 0, max: .max)
  public static func fixed(_ cost: UInt64) -> CostEstimate { CostEstimate(min: cost, max: cost) }

  public func adding(_ other: CostEstimate) -> CostEstimate {
    CostEstimate(min: min.saturatingAdd(other.min), max: max.saturatingAdd(other.max))
  }

  public func multiplied(by other: CostEstimate) -> CostEstimate {
    CostEstimate(min: min.saturatingMultiply(other.min), max: max.saturatingMultiply(other.max))
  }

  public func multiplied(byFactor factor: Double) -> CostEstimate {
    CostEstimate(min: min.costMultiply(factor), max: max.costMultiply(factor))
  }

  public func union(_ other: CostEstimate) -> CostEstimate {
    CostEstimate(min: Swift.min(min, other.min), max: Swift.max(max, other.max))
  }
}

/// What a call may cost, and how large its result may be where that is a string, bytes, a list or a map.
public struct CallEstimate: Sendable, Hashable {
  public var cost: CostEstimate
  public var resultSize: SizeEstimate?

  public init(_ cost: CostEstimate, resultSize: SizeEstimate? = nil) {
    self.cost = cost
    self.resultSize = resultSize
  }
}

/// A node as the estimator of costs sees it.
public struct CostNode: Sendable {
  /// Where its value comes from: a variable, then fields, `@items`, `@keys`, `@values` or `@indices`. Empty
  /// where it does not come straight from a variable.
  public let path: [String]
  public let type: CELType
  public let expression: Expression
  /// The size as far as the expression itself tells it.
  public let size: SizeEstimate?

  /// The size, or any size at all.
  public var sizeOrUnknown: SizeEstimate { size ?? .unknown }

  /// A part of the value, as far as its place is known; its size is not.
  public func descending(_ step: String, _ type: CELType) -> CostNode {
    CostNode(path: path.isEmpty ? [] : path + [step], type: type, expression: expression, size: nil)
  }
}

/// Tells the estimator of costs what the expression does not.
public protocol CostEstimating: Sendable {
  /// How large the value of a node may be; asked where the expression does not tell. Nil where unknown.
  func size(of node: CostNode) -> SizeEstimate?

  /// What a call may cost without its arguments; nil for what cel-go reckons.
  func cost(
    ofCall function: String, overload: String, target: CostNode?, arguments: [CostNode]
  ) -> CallEstimate?
}

extension CostEstimating {
  public func cost(
    ofCall function: String, overload: String, target: CostNode?, arguments: [CostNode]
  ) -> CallEstimate? { nil }
}

/// The unit costs of cel-go, the same when estimated and when run.
public enum CostFactor {
  public static let selectOrIdentifier: UInt64 = 1
  public static let constant: UInt64 = 0
  public static let listCreation: UInt64 = 10
  public static let mapCreation: UInt64 = 30
  public static let structureCreation: UInt64 = 40
  /// For each code point or byte that is gone through.
  public static let stringTraversal = 0.1
  /// For each code point of a regular expression.
  public static let regexLength = 0.25
}

extension UInt64 {
  /// The sum, at most the largest number.
  public func saturatingAdd(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The product, at most the largest number.
  public func saturatingMultiply(_ other: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }

  /// The product with a factor, rounded up, at most the largest number.
  public func costMultiply(_ factor: Double) -> UInt64 {
    let product = (Double(self) * factor).rounded(.up)
    return product >= 0x1p64 ? .max : UInt64(exactly: product) ?? 0
  }
}
