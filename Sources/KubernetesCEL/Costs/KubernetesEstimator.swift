import CEL

/// Estimates what calls of Kubernetes' functions cost before they are run
/// (k8s.io/apiserver/pkg/cel/library, cost). Which custom resource definitions are accepted depends on it.
struct KubernetesEstimator: CostEstimating {
  /// Knows how large the values of variables may be.
  let sizes: @Sendable (CostNode) -> SizeEstimate?

  func size(of node: CostNode) -> SizeEstimate? { sizes(node) }

  func cost(
    ofCall function: String, overload: String, target: CostNode?, arguments: [CostNode]
  ) -> CallEstimate? {
    if CostNames.nominal.contains(function) { return CallEstimate(.fixed(1)) }
    return switch function {
    case "check": CallEstimate(.fixed(RuntimeCost.authorizationCheck))
    case "fieldSelector", "labelSelector":
      arguments.count == 1 ? CallEstimate(SelectorCost.estimate(sizeEstimate(arguments[0]))) : nil
    case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf": target.map(eachElement)
    case "url", "jsonpatch.escapeKey": arguments.count == 1 ? scan(arguments[0], keepsSize: true) : nil
    case "lowerAscii", "upperAscii", "substring", "trim": target.map { scan($0, keepsSize: true) }
    case "replace": target.flatMap { replace($0, arguments) }
    case "split": target.map { split($0, arguments) }
    case "join": target.map { join($0, arguments) }
    case "find", "findAll": target.flatMap { find($0, arguments) }
    // Functions without a target are left to the language, as the real estimator does.
    case "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver":
      target == nil ? nil : arguments.first.map { scan($0) }
    case "ip": target == nil ? nil : CallEstimate(.fixed(1))
    case "ip.isCanonical": target == nil ? nil : arguments.first.map { scan($0, times: 2) }
    case "containsIP", "containsCIDR": target.flatMap { _ in contains(function, overload, arguments) }
    case "validate": target.flatMap { _ in arguments.first }.map(validate)
    case "_==_": equality(arguments)
    default: nil
    }
  }

  private func scan(_ node: CostNode, times: Double = 1, keepsSize: Bool = false) -> CallEstimate {
    let size = sizeEstimate(node)
    return CallEstimate(
      size.cost(perUnit: times * CostFactor.stringTraversal), resultSize: keepsSize ? size : nil)
  }

  /// The elements of a list, as far as their type and place are known.
  private func items(of list: CostNode) -> CostNode? {
    guard let type = list.type.parameters.first else { return nil }
    return list.descending("@items", type)
  }

  private func eachElement(_ target: CostNode) -> CallEstimate {
    guard let items = items(of: target) else { return scan(target) }
    var cost = CostEstimate.fixed(1)
    if items.type == .string || items.type == .bytes {
      cost = cost.adding(sizeEstimate(items).cost(perUnit: CostFactor.stringTraversal))
    }
    return CallEstimate(sizeEstimate(target).multiplied(by: cost))
  }

  private func replace(_ target: CostNode, _ arguments: [CostNode]) -> CallEstimate? {
    guard arguments.count >= 2 else { return nil }
    let size = sizeEstimate(target)
    let old = sizeEstimate(arguments[0])
    let new = sizeEstimate(arguments[1])
    var count = SizeEstimate(min: 0, max: 0)
    var kept = SizeEstimate(min: 0, max: 0)
    if old.min == 0 {
      // An empty text is found around every character.
      count.max = size.max.saturatingAdd(1)
      kept.max = size.max
    } else if new.max <= old.min {
      kept.max = size.max
    } else {
      count.max = size.max.costMultiply(1 / Double(old.min))
    }
    if old.max == 0 {
      count.min = size.min.saturatingAdd(1)
      kept.min = size.min
    } else if old.max <= new.min {
      kept.min = size.min
    } else {
      count.min = size.min.costMultiply(1 / Double(old.max))
    }
    return CallEstimate(
      size.cost(perUnit: 2 * CostFactor.stringTraversal), resultSize: count.multiplied(by: new).adding(kept))
  }

  private func split(_ target: CostNode, _ arguments: [CostNode]) -> CallEstimate {
    let size = sizeEstimate(target)
    var most = size.max
    if arguments.count > 1, case .literal(.int(let limit)) = arguments[1].expression.kind {
      most = UInt64(bitPattern: limit)
    }
    return CallEstimate(
      size.cost(perUnit: 2 * CostFactor.stringTraversal), resultSize: SizeEstimate(min: 0, max: most))
  }

  private func join(_ target: CostNode, _ arguments: [CostNode]) -> CallEstimate {
    let list = sizeEstimate(target)
    var size = SizeEstimate(min: 0, max: 0)
    if let items = items(of: target) { size = list.multiplied(by: sizeEstimate(items)) }
    if let separator = arguments.first {
      let gaps = SizeEstimate(min: list.min > 0 ? list.min - 1 : 0, max: list.max > 0 ? list.max - 1 : 0)
      size = size.adding(sizeEstimate(separator).multiplied(by: gaps))
    }
    return CallEstimate(size.cost(perUnit: CostFactor.stringTraversal), resultSize: size)
  }

  private func find(_ target: CostNode, _ arguments: [CostNode]) -> CallEstimate? {
    guard let pattern = arguments.first else { return nil }
    let size = sizeEstimate(target)
    let text = size.adding(.fixed(1)).cost(perUnit: CostFactor.stringTraversal)
    let expression = sizeEstimate(pattern).cost(perUnit: CostFactor.regexLength)
    return CallEstimate(text.multiplied(by: expression), resultSize: SizeEstimate(min: 0, max: size.max))
  }

  private func contains(_ function: String, _ overload: String, _ arguments: [CostNode]) -> CallEstimate? {
    guard let inner = arguments.first else { return nil }
    let address = SizeEstimate(min: 4, max: 16)
    var cost = address.adding(address).cost(perUnit: CostFactor.stringTraversal)
    if function == "containsCIDR" {
      cost = cost.adding(address.cost(perUnit: CostFactor.stringTraversal)).adding(.fixed(1))
    }
    if overload.hasSuffix("_string") {
      cost = cost.adding(sizeEstimate(inner).cost(perUnit: CostFactor.stringTraversal))
    }
    return CallEstimate(cost)
  }

  private func validate(_ text: CostNode) -> CallEstimate {
    CallEstimate(
      sizeEstimate(text).cost(perUnit: CostFactor.stringTraversal)
        .multiplied(byFactor: Double(NamedFormat.largestRegexSize) * CostFactor.regexLength))
  }

  private func equality(_ arguments: [CostNode]) -> CallEstimate? {
    guard arguments.count == 2, arguments[0].type == arguments[1].type else { return nil }
    return switch arguments[0].type {
    case .ip, .cidr, .quantity, .semver, .authorizer, .pathCheck, .groupCheck, .resourceCheck, .decision:
      CallEstimate(.fixed(1))
    case .namedFormat:
      CallEstimate(CostEstimate(min: 1, max: 64).multiplied(byFactor: CostFactor.stringTraversal))
    case .url:
      CallEstimate(
        CostEstimate(min: 1, max: arguments[1].size?.max ?? 1)
          .multiplied(byFactor: CostFactor.stringTraversal))
    default: nil
    }
  }
}
