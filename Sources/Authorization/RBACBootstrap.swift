import Schema
import Values

/// The roles and bindings that every server starts with (Kubernetes documentation, Default Roles and Role
/// Bindings).
public enum RBACBootstrap {
  private static let groupVersion = GroupVersion(group: "rbac.authorization.k8s.io", version: "v1")
  private static let autoupdate = "rbac.authorization.kubernetes.io/autoupdate"

  /// Roles before bindings, so that no binding is without its role for a moment.
  private static let kinds = [
    (GroupResource.clusterRoles, "ClusterRole"), (.clusterRoleBindings, "ClusterRoleBinding"),
    (.roles, "Role"), (.roleBindings, "RoleBinding"),
  ]

  /// The objects in the order in which to create them, with apiVersion and kind.
  ///
  /// The rules of roles that gather others are filled in, so that they hold from the first request on.
  public static func objects(
    from table: Object = ResourceData.bootstrap.parsed()
  ) -> [(resource: GroupResource, object: Value)] {
    var objects: [(resource: GroupResource, object: Value)] = []
    for (resource, kind) in kinds {
      for entry in table["/apis/\(groupVersion.apiVersion)/\(resource.resource)"]?.array ?? [] {
        var object: Object = ["apiVersion": .string(groupVersion.apiVersion), "kind": .string(kind)]
        for (key, value) in entry.object ?? [:] { object[key] = value }
        objects.append((resource, .object(object)))
      }
    }
    return aggregate(objects)
  }

  /// Gathered roles may gather from each other (`admin` from `edit` from `view`), hence the repetition.
  private static func aggregate(
    _ objects: [(resource: GroupResource, object: Value)]
  ) -> [(resource: GroupResource, object: Value)] {
    var objects = objects
    for _ in 0..<4 {
      let roles = objects.filter { $0.resource == .clusterRoles }.map(\.object)
      var changed = false
      for position in objects.indices where objects[position].resource == .clusterRoles {
        guard let rules = AggregatedRoles.rules(for: objects[position].object, among: roles),
          objects[position].object["rules"] != .array(rules)
        else { continue }
        objects[position].object["rules"] = .array(rules)
        changed = true
      }
      if !changed { break }
    }
    return objects
  }

  /// What an existing object must become so that it grants at least what the default one does; nil where
  /// nothing is missing or the object opted out with `autoupdate: "false"`.
  ///
  /// Rules, subjects, labels and annotations that somebody added stay. A binding to another role keeps it in the
  /// result: its roleRef can't change, so that it has to be made anew.
  public static func reconciled(_ existing: Value, with wanted: Value) -> Value? {
    if existing[path: "metadata", "annotations", autoupdate]?.string == "false" { return nil }
    var result = existing
    for member in ["labels", "annotations"] {
      for (key, value) in wanted[path: "metadata", member]?.object ?? [:]
      where existing[path: "metadata", member, key] == nil {
        result.set(value, at: ["metadata", member, key])
      }
    }
    if let rules = wanted["aggregationRule"] {
      let held = existing[path: "aggregationRule", "clusterRoleSelectors"]?.array ?? []
      let missing = (rules["clusterRoleSelectors"]?.array ?? []).filter { !held.contains($0) }
      if !missing.isEmpty {
        result.set(.array(held + missing), at: ["aggregationRule", "clusterRoleSelectors"])
      }
    } else if wanted["roleRef"] == nil {
      let missing = RuleCoverage.compacted(
        RuleCoverage.missing(PolicyRule.list(wanted), held: PolicyRule.list(existing)))
      if !missing.isEmpty {
        result["rules"] = .array((existing["rules"]?.array ?? []) + missing.map(\.value))
      }
    }
    let subjects = existing["subjects"]?.array ?? []
    let missing = (wanted["subjects"]?.array ?? []).filter { !subjects.contains($0) }
    if !missing.isEmpty { result["subjects"] = .array(subjects + missing) }
    let isMisdirected = wanted["roleRef"] != nil && wanted["roleRef"] != existing["roleRef"]
    return result == existing && !isMisdirected ? nil : result
  }
}
