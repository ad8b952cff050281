import Schema
import Values

/// Measures what the objects of one resource use of quotas.
public protocol QuotaEvaluator: Sendable {
  /// The resource whose objects it measures.
  var resource: GroupResource { get }

  /// Whether the evaluator measures the amount of that name in a quota's `hard`.
  func counts(_ name: String) -> Bool

  /// What an object uses, by the names of quotas.
  func usage(of object: Value) -> ResourceAmounts

  /// Whether an object is in a scope.
  func isInScope(_ object: Value, _ scope: QuotaScope) -> Bool

  /// Whether the request can change what is used.
  func handles(_ request: AdmissionRequest) -> Bool

  /// What an object must say so that it can be measured; nil where it says enough.
  /// - Parameter names: the amounts that a quota limits.
  func missing(in object: Value, for names: [String]) -> String?
}

extension QuotaEvaluator {
  public func isInScope(_ object: Value, _ scope: QuotaScope) -> Bool { false }

  public func handles(_ request: AdmissionRequest) -> Bool {
    request.operation == .create && request.subresource.isEmpty
  }

  public func missing(in object: Value, for names: [String]) -> String? { nil }

  /// Whether a quota counts the object: one of the amounts is measured here, and the object is in all scopes.
  /// - Parameter hard: the names of what the quota limits.
  public func matches(_ object: Value, hard: [String], scopes: [QuotaScope]) -> Bool {
    hard.contains(where: counts) && scopes.allSatisfy { isInScope(object, $0) }
  }
}

/// The evaluators of the resources that quotas know.
public enum QuotaEvaluators {
  /// Those that measure more than the number of objects.
  static let special: [any QuotaEvaluator] = [
    PodQuota(), ServiceQuota(), ClaimQuota(), DeviceClaimQuota(),
  ]

  /// Where quotas had names for the number of objects before `count/…`.
  static let alias: Set = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"]

  /// Resources that nobody counts: they come and go by themselves, or are never stored.
  private static let ignored: Set<String> = [
    "events", "events.events.k8s.io", "bindings", "componentstatuses", "tokenreviews.authentication.k8s.io",
    "localsubjectaccessreviews.authorization.k8s.io",
  ]

  /// The evaluator of a resource; nil for resources that are not counted.
  public static func evaluator(for resource: GroupResource) -> (any QuotaEvaluator)? {
    if ignored.contains(resource.description) { return nil }
    return special.first { $0.resource == resource } ?? ObjectCountQuota(resource: resource)
  }
}

/// Counts the objects of a resource: `count/deployments.apps`, and `count/secrets` or `secrets`.
struct ObjectCountQuota: QuotaEvaluator {
  let resource: GroupResource

  private var names: [String] {
    let isAliased = resource.group.isEmpty && QuotaEvaluators.alias.contains(resource.resource)
    return ["count/\(resource)"] + (isAliased ? [resource.resource] : [])
  }

  func counts(_ name: String) -> Bool { names.contains(name) }

  func usage(of object: Value) -> ResourceAmounts {
    ResourceAmounts(uniqueKeysWithValues: names.map { ($0, Quantity(1)) })
  }
}
