import CEL
import Values

/// What calls of Kubernetes' functions cost when they are run, and those of the language's extensions that
/// Kubernetes reckons in its own way (k8s.io/apiserver/pkg/cel/library, cost).
enum RuntimeCost {
  /// The cost of an overload's calls; nil for what the language reckons.
  @Sendable static func of(_ function: String, _ overload: String) -> Overload.RuntimeCost? {
    if let special = overloads[overload] { return special }
    return functions[function]
  }

  /// A question to the authorizer: two of them fit the budget of one expression.
  static let authorizationCheck: UInt64 = 350_000

  private static let nominal: Overload.RuntimeCost = { _, _ in 1 }
  private static let traversal: Overload.RuntimeCost = { arguments, _ in scan(arguments, 0) }
  private static let doubleTraversal: Overload.RuntimeCost = { arguments, _ in scan(arguments, 0, times: 2) }
  private static let wholeTraversal: Overload.RuntimeCost = { arguments, _ in
    arguments.first.map(Self.traversal(of:)) ?? 0
  }
  private static let search: Overload.RuntimeCost = { arguments, _ in
    regex(text: size(arguments, 0), expression: size(arguments, 1))
  }

  /// By function.
  private static let functions: [String: Overload.RuntimeCost] = {
    var costs: [String: Overload.RuntimeCost] = [
      "check": { _, _ in authorizationCheck },
      "fieldSelector": selector, "labelSelector": selector,
      "join": { _, result in (2 * result.costSize).costMultiply(CostFactor.stringTraversal) },
      "find": search, "findAll": search,
      "ip.isCanonical": doubleTraversal, "replace": doubleTraversal, "split": doubleTraversal,
      "containsIP": { arguments, _ in scan(arguments, 0, times: 2) },
      "containsCIDR": { arguments, _ in scan(arguments, 0, times: 2) + scan(arguments, 0) + 1 },
      "validate": { arguments, _ in
        let format = arguments.first?.object as? OpaqueValue<NamedFormat>
        return regex(text: size(arguments, 1), expression: format?.content.regexSize ?? 1)
      },
    ]
    for name in ["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"] { costs[name] = wholeTraversal }
    for name in [
      "url", "lowerAscii", "upperAscii", "substring", "trim", "jsonpatch.escapeKey", "cidr", "isIP", "isCIDR",
      "ip", "quantity", "isQuantity", "semver", "isSemver",
    ] { costs[name] = traversal }
    for name in CostNames.nominal { costs[name] = nominal }
    return costs
  }()

  /// By overload, where the overloads of a function differ.
  private static let overloads: [String: Overload.RuntimeCost] = [
    "cidr_ip": nominal,
    "cidr_contains_ip_string": { arguments, _ in scan(arguments, 0, times: 2) + scan(arguments, 1) },
    "cidr_contains_cidr_string": { arguments, _ in
      scan(arguments, 0, times: 2) + scan(arguments, 0) + 1 + scan(arguments, 1)
    },
  ]

  private static let selector: Overload.RuntimeCost = { arguments, _ in
    SelectorCost.estimate(.fixed(size(arguments, 1))).max
  }

  private static func size(_ arguments: [CELValue], _ index: Int) -> UInt64 {
    arguments.indices.contains(index) ? arguments[index].costSize : 1
  }

  private static func scan(_ arguments: [CELValue], _ index: Int, times: UInt64 = 1) -> UInt64 {
    size(arguments, index).saturatingMultiply(times).costMultiply(CostFactor.stringTraversal)
  }

  private static func regex(text: UInt64, expression: UInt64) -> UInt64 {
    text.saturatingAdd(1).costMultiply(CostFactor.stringTraversal)
      .saturatingMultiply(expression.costMultiply(CostFactor.regexLength))
  }

  /// Going through a whole tree.
  private static func traversal(of value: CELValue) -> UInt64 {
    switch value {
    case .string(let text): UInt64(Double(text.utf8.count) * CostFactor.stringTraversal)
    case .bytes(let bytes): UInt64(Double(bytes.count) * CostFactor.stringTraversal)
    case .list(let list): list.reduce(0) { $0.saturatingAdd(traversal(of: $1)) }
    case .map(let map):
      map.entries.reduce(0) {
        $0.saturatingAdd(traversal(of: $1.key.value)).saturatingAdd(traversal(of: $1.value))
      }
    case .object(let object): object.structure.flatMap { _ in object.json }.map(traversal(of:)) ?? 1
    default: 1
    }
  }

  /// Going through an object with a schema: its keys and what they hold.
  private static func traversal(of json: Value) -> UInt64 {
    guard case .object(let members) = json else { return traversal(of: CELValue(json)) }
    return members.reduce(0) {
      $0.saturatingAdd(traversal(of: CELValue.string($1.key))).saturatingAdd(traversal(of: $1.value))
    }
  }
}

/// Functions that cost 1 whatever they are called with, when estimated and when run.
enum CostNames {
  static let nominal = [
    "serviceAccount", "path", "group", "resource", "subresource", "namespace", "name", "allowed", "reason",
    "error", "errored", "masked", "prefixLength", "family", "isUnspecified", "isLoopback",
    "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger",
    "isInteger", "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major",
    "minor", "patch", "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery",
  ]
}

/// What it costs to read a selector: the text, and a requirement for every two characters of it.
enum SelectorCost {
  static func estimate(_ length: SizeEstimate) -> CostEstimate {
    let requirements = length.cost(perUnit: 0.5)
      .multiplied(byFactor: Double(CostFactor.listCreation + CostFactor.structureCreation))
    return CostEstimate.fixed(CostFactor.listCreation)
      .adding(length.cost(perUnit: CostFactor.stringTraversal)).adding(requirements)
  }
}
