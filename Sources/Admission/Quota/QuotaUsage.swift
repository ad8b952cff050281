import Schema
import Store
import Values

/// What a namespace uses of a quota, measured anew: what a controller writes to the quota's status.
public enum QuotaUsage {
  /// The amounts that are used, by those names of `spec.hard` that anything measures.
  /// - Parameter quota: a ResourceQuota with its namespace.
  public static func used(of quota: Value, in store: ObjectStore) -> ResourceAmounts {
    let namespace = quota["metadata"]?.text("namespace") ?? ""
    let hard = quota["spec"]?["hard"]?.object?.keys ?? []
    let scopes = QuotaScope.scopes(of: quota)
    var used: ResourceAmounts = [:]
    for evaluator in evaluators(of: hard) {
      let names = hard.filter(evaluator.counts)
      for name in names { used[name] = .zero }
      for object in store.list(evaluator.resource, namespace: namespace)
      where scopes.allSatisfy({ evaluator.isInScope(object.value, $0) }) {
        let usage = evaluator.usage(of: object.value)
        PodAmounts.add(usage.filter { names.contains($0.key) }, to: &used)
      }
    }
    return used
  }

  /// The status of a quota: `hard` as specified and `used` as measured.
  public static func status(of quota: Value, in store: ObjectStore) -> Value {
    let hard = quota["spec"]?["hard"]?.object ?? [:]
    return ["hard": .object(hard), "used": PodAmounts.value(used(of: quota, in: store))]
  }

  /// The resources whose objects a quota counts: what a controller must watch.
  public static func resources(of quota: Value) -> [GroupResource] {
    evaluators(of: quota["spec"]?["hard"]?.object?.keys ?? []).map(\.resource)
  }

  private static func evaluators(of hard: [String]) -> [any QuotaEvaluator] {
    var found = QuotaEvaluators.special.filter { hard.contains(where: $0.counts) }
    var seen = Set(QuotaEvaluators.special.map(\.resource))
    for name in hard {
      guard let resource = counted(by: name), seen.insert(resource).inserted else { continue }
      if let evaluator = QuotaEvaluators.evaluator(for: resource) { found.append(evaluator) }
    }
    return found
  }

  /// `count/deployments.apps` counts deployments.apps.
  private static func counted(by name: String) -> GroupResource? {
    if QuotaEvaluators.alias.contains(name) { return GroupResource(group: "", resource: name) }
    guard name.hasPrefix("count/") else { return nil }
    let parts = name.dropFirst(6).split(separator: ".", maxSplits: 1)
    guard let resource = parts.first else { return nil }
    return GroupResource(group: parts.count > 1 ? String(parts[1]) : "", resource: String(resource))
  }
}
