import Values

/// Which of some rules go beyond others: how RBAC keeps users from granting what they haven't got
/// (k8s.io/component-helpers/auth/rbac/validation).
public enum RuleCoverage {
  /// The parts of the wanted rules that no held rule covers: one verb on one resource or path each.
  /// Empty where all are covered.
  public static func missing(_ wanted: [PolicyRule], held: [PolicyRule]) -> [PolicyRule] {
    wanted.flatMap(parts).filter { part in !held.contains { covers($0, part) } }
  }

  /// The rules with those that name one resource (and at most one object) put together by what they name.
  /// The order is that in which each was first seen, rules of other forms first.
  static func compacted(_ rules: [PolicyRule]) -> [PolicyRule] {
    struct Target: Hashable {
      var group: String
      var resource: String
      var name: String?
    }
    var others: [PolicyRule] = []
    var simple: [PolicyRule] = []
    var positions: [Target: Int] = [:]
    for rule in rules {
      guard rule.apiGroups.count == 1, rule.resources.count == 1, rule.resourceNames.count <= 1,
        rule.nonResourceURLs.isEmpty
      else {
        others.append(rule)
        continue
      }
      let target = Target(
        group: rule.apiGroups[0], resource: rule.resources[0], name: rule.resourceNames.first)
      if let position = positions[target] {
        for verb in rule.verbs where !simple[position].verbs.contains(verb) {
          simple[position].verbs.append(verb)
        }
      } else {
        positions[target] = simple.count
        simple.append(rule)
      }
    }
    return others + simple
  }

  /// `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`.
  static func text(_ rule: PolicyRule) -> String {
    let members = [
      ("APIGroups", rule.apiGroups), ("Resources", rule.resources), ("NonResourceURLs", rule.nonResourceURLs),
      ("ResourceNames", rule.resourceNames), ("Verbs", rule.verbs),
    ]
    let texts = members.filter { !$0.1.isEmpty }.map { "\($0.0):\(quoted($0.1))" }
    return "{\(texts.joined(separator: ", "))}"
  }

  /// A list of strings as Go prints it with `%q`.
  static func quoted(_ list: [String]) -> String {
    "[" + list.map(GoText.quoted).joined(separator: " ") + "]"
  }

  // MARK: -

  private static func parts(_ rule: PolicyRule) -> [PolicyRule] {
    var parts: [PolicyRule] = []
    for group in rule.apiGroups {
      for resource in rule.resources {
        for verb in rule.verbs {
          let part = PolicyRule(verbs: [verb], apiGroups: [group], resources: [resource])
          if rule.resourceNames.isEmpty { parts.append(part) }
          for name in rule.resourceNames {
            var named = part
            named.resourceNames = [name]
            parts.append(named)
          }
        }
      }
    }
    for url in rule.nonResourceURLs {
      for verb in rule.verbs { parts.append(PolicyRule(verbs: [verb], nonResourceURLs: [url])) }
    }
    return parts
  }

  /// Whether a rule allows all that a part allows.
  private static func covers(_ rule: PolicyRule, _ part: PolicyRule) -> Bool {
    func has(_ list: [String], _ wanted: [String]) -> Bool {
      list.contains("*") || wanted.allSatisfy(list.contains)
    }
    return has(rule.verbs, part.verbs) && has(rule.apiGroups, part.apiGroups)
      && part.resources.allSatisfy { coversResource(rule.resources, $0) }
      && (rule.resourceNames.isEmpty
        || (!part.resourceNames.isEmpty && part.resourceNames.allSatisfy(rule.resourceNames.contains)))
      && part.nonResourceURLs.allSatisfy { path in
        rule.nonResourceURLs.contains { PolicyRule.url($0, covers: path) }
      }
  }

  private static func coversResource(_ held: [String], _ wanted: String) -> Bool {
    if held.contains("*") || held.contains(wanted) { return true }
    guard let slash = wanted.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
    return held.contains("*" + wanted[slash...])
  }
}
