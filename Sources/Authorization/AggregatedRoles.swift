import Values

/// The rules of ClusterRoles that gather those of others (Kubernetes documentation, Aggregated ClusterRoles).
public enum AggregatedRoles {
  /// The rules that the role ought to have: those of all roles that one of its selectors matches, selector by
  /// selector and in the order of the roles' names, each rule once.
  ///
  /// - Parameter all: the ClusterRoles there are, in any order; the role itself is never gathered.
  /// - Returns: nil where the role gathers nothing by its form.
  public static func rules(for clusterRole: Value, among all: [Value]) -> [Value]? {
    guard let selectors = clusterRole[path: "aggregationRule", "clusterRoleSelectors"]?.array,
      !selectors.isEmpty
    else { return nil }
    let own = name(clusterRole)
    let others = all.filter { name($0) != own }
      .sorted { name($0).utf8.lexicographicallyPrecedes(name($1).utf8) }
    var seen = Set<PolicyRule>()
    var rules: [Value] = []
    for selector in selectors {
      // A selector that can't be read gathers nothing, rather than everything.
      guard let selector = try? LabelSelector(selector) else { continue }
      for role in others where selector.matches(labels: role[path: "metadata", "labels"]?.object) {
        for rule in role["rules"]?.array ?? [] where seen.insert(PolicyRule(rule)).inserted {
          rules.append(rule)
        }
      }
    }
    return rules
  }

  private static func name(_ role: Value) -> String { role[path: "metadata", "name"]?.string ?? "" }
}
