import Values

/// Whether a pod or a claim is within the bounds of a LimitRange.
enum LimitRangeCheck {
  /// What is asked for, and of what it is a part.
  private struct Subject {
    var type: String
    var requests: ResourceAmounts
    var limits: ResourceAmounts
  }

  /// What is wrong, in the order of the range's items.
  static func pod(_ pod: Value, _ range: Value) -> [String] {
    guard let spec = pod["spec"] else { return [] }
    var problems: [String] = []
    for limit in range["spec"]?.list("limits") ?? [] {
      let type = limit.text("type")
      switch type {
      case "Container":
        for container in spec.containers([.containers, .initContainers]) {
          let resources = container["resources"]
          problems += check(
            limit,
            Subject(
              type: type, requests: PodAmounts.read(resources?["requests"]),
              limits: PodAmounts.read(resources?["limits"])))
        }
      case "Pod":
        problems += check(
          limit,
          Subject(
            type: type, requests: PodAmounts.ofContainers(spec, "requests"),
            limits: PodAmounts.ofContainers(spec, "limits")))
      default: break
      }
    }
    return problems
  }

  static func claim(_ claim: Value, _ range: Value) -> [String] {
    let subject = Subject(
      type: "PersistentVolumeClaim", requests: PodAmounts.read(claim["spec"]?["resources"]?["requests"]),
      limits: [:])
    var problems: [String] = []
    for limit in range["spec"]?.list("limits") ?? [] where limit.text("type") == subject.type {
      for (name, bound) in bounds(limit["min"]) {
        if let problem = minimum(name, bound, subject) { problems.append(problem) }
      }
      for (name, bound) in bounds(limit["max"]) {
        let head = "maximum \(name) usage per \(subject.type) is \(bound)"
        guard let request = subject.requests[name] else {
          problems.append(head + ".  No request is specified")
          continue
        }
        if request > bound { problems.append(head + ", but request is \(request)") }
      }
    }
    return problems
  }

  private static func check(_ limit: Value, _ subject: Subject) -> [String] {
    bounds(limit["min"]).compactMap { minimum($0, $1, subject) }
      + bounds(limit["max"]).compactMap { maximum($0, $1, subject) }
      + bounds(limit["maxLimitRequestRatio"]).compactMap { ratio($0, $1, subject) }
  }

  private static func bounds(_ value: Value?) -> [(name: String, amount: Quantity)] {
    let amounts = PodAmounts.read(value)
    return amounts.keys.sortedAsBytes().compactMap { name in amounts[name].map { (name, $0) } }
  }

  private static func minimum(_ name: String, _ bound: Quantity, _ subject: Subject) -> String? {
    let head = "minimum \(name) usage per \(subject.type) is \(bound)"
    guard let request = subject.requests[name] else { return head + ".  No request is specified" }
    if request < bound { return head + ", but request is \(request)" }
    if let limit = subject.limits[name], limit < bound { return head + ", but limit is \(limit)" }
    return nil
  }

  private static func maximum(_ name: String, _ bound: Quantity, _ subject: Subject) -> String? {
    let head = "maximum \(name) usage per \(subject.type) is \(bound)"
    guard let limit = subject.limits[name] else { return head + ".  No limit is specified" }
    if limit > bound { return head + ", but limit is \(limit)" }
    if let request = subject.requests[name], request > bound { return head + ", but request is \(request)" }
    return nil
  }

  private static func ratio(_ name: String, _ bound: Quantity, _ subject: Subject) -> String? {
    let head = "\(name) max limit to request ratio per \(subject.type) is \(bound), but"
    guard let request = subject.requests[name], !request.isZero else {
      return head + " no request is specified or request is 0"
    }
    guard let limit = subject.limits[name], !limit.isZero else {
      return head + " no limit is specified or limit is 0"
    }
    let provided = limit.approximate / request.approximate
    return provided > bound.approximate ? head + " provided ratio is \(sixDigits(provided))" : nil
  }

  /// The number as Go's `%f` prints it.
  private static func sixDigits(_ number: Double) -> String {
    let millionths = (number * 1_000_000).rounded(.toNearestOrEven)
    guard millionths.magnitude < 9e18 else { return "\(number)" }
    let (whole, rest) = Int64(millionths.magnitude).quotientAndRemainder(dividingBy: 1_000_000)
    let digits = String(rest)
    return (millionths < 0 ? "-" : "") + "\(whole)."
      + String(repeating: "0", count: 6 - digits.utf8.count) + digits
  }
}
