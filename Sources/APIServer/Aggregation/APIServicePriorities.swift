import Schema
import Values

/// Where groups and versions stand in discovery (kube-aggregator, `groupPriorityMinimum` and
/// `versionPriority` of the APIServices that the real server makes itself).
public enum APIServicePriorities {
  public struct Priority: Sendable, Equatable {
    public var group: Int64
    public var version: Int64
  }

  /// Of the groups that CustomResourceDefinitions define.
  public static let custom = Priority(group: 1000, version: 100)

  private static let groups: [String: Int64] = [
    "": 18000, "apps": 17800, "events.k8s.io": 17750, "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600, "autoscaling": 17500, "batch": 17400, "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200, "policy": 17100, "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800, "admissionregistration.k8s.io": 16700, "apiextensions.k8s.io": 16700,
    "scheduling.k8s.io": 16600, "coordination.k8s.io": 16500, "node.k8s.io": 16300,
    "discovery.k8s.io": 16200, "resource.k8s.io": 16200, "flowcontrol.apiserver.k8s.io": 16100,
  ]

  /// Versions that have another priority than the usual 15.
  private static let versions: [String: Int64] = [
    "v1": 1, "autoscaling/v2": 30, "flowcontrol.apiserver.k8s.io/v1": 21,
  ]

  /// The priority of a built-in group and version; nil for the aggregation layer's own, which has none.
  public static func builtIn(_ groupVersion: GroupVersion) -> Priority? {
    groups[groupVersion.group].map { Priority(group: $0, version: versions[groupVersion.apiVersion] ?? 15) }
  }

  /// What a group counts for where groups are put in order: the aggregation layer's own comes first.
  static func rank(_ group: String) -> Int64 {
    group == "apiregistration.k8s.io" ? 20000 : groups[group] ?? custom.group
  }
}
