import Schema
import Values

/// Which requests a webhook, a policy or its binding is concerned with (admissionregistration.k8s.io/v1
/// MatchResources, and the members of that name of webhooks).
struct MatchResources: Sendable {
  let rules: [HookRule]
  let excludedRules: [HookRule]
  let matchesEquivalent: Bool
  let namespaceSelector: Result<LabelSelector, SelectorError>
  let objectSelector: Result<LabelSelector, SelectorError>

  /// - Parameters:
  ///   - value: what holds the selectors and the match policy.
  ///   - rules: a list of rules.
  init(_ value: Value?, rules: Value?) {
    self.rules = (rules?.array ?? []).map(HookRule.init)
    excludedRules = (value?["excludeResourceRules"]?.array ?? []).map(HookRule.init)
    matchesEquivalent = value?["matchPolicy"]?.string != "Exact"
    namespaceSelector = Self.selector(value?["namespaceSelector"])
    objectSelector = Self.selector(value?["objectSelector"])
  }

  private static func selector(_ value: Value?) -> Result<LabelSelector, SelectorError> {
    do throws(SelectorError) {
      return .success(try LabelSelector(value ?? [:]))
    } catch {
      return .failure(error)
    }
  }
}

/// Some of the requests that a webhook or policy is concerned with (admissionregistration.k8s.io/v1
/// RuleWithOperations, NamedRuleWithOperations).
struct HookRule: Sendable {
  private let operations: [String]
  private let groups: [String]
  private let versions: [String]
  /// Each with its subresource; empty for the object itself.
  private let resources: [(resource: String, subresource: String)]
  private let scope: String
  /// Empty for objects of any name.
  private let names: [String]

  init(_ rule: Value) {
    operations = rule["operations"]?.strings ?? []
    groups = rule["apiGroups"]?.strings ?? []
    versions = rule["apiVersions"]?.strings ?? []
    resources = (rule["resources"]?.strings ?? []).map { text in
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    scope = rule["scope"]?.string ?? "*"
    names = rule["resourceNames"]?.strings ?? []
  }

  /// - Parameter resource: that of the request, or one that is equivalent to it.
  func matches(_ request: AdmissionRequest, as resource: GroupVersionResource) -> Bool {
    func has(_ items: [String], _ wanted: String) -> Bool { items.contains { $0 == "*" || $0 == wanted } }
    return matchesScope(request) && (names.isEmpty || names.contains(request.name))
      && has(operations, request.operation.rawValue) && has(groups, resource.group)
      && has(versions, resource.version)
      && resources.contains { rule in
        (rule.resource == "*" || rule.resource == resource.resource)
          && (rule.subresource == "*" || rule.subresource == request.subresource)
      }
  }

  /// A namespace is an object of the cluster, whatever it is named.
  private func matchesScope(_ request: AdmissionRequest) -> Bool {
    let isInNamespace = !request.namespace.isEmpty && request.resource.groupResource != .namespaces
    switch scope {
    case "Namespaced": return isInNamespace
    case "Cluster": return !isInNamespace
    default: return true
    }
  }
}
