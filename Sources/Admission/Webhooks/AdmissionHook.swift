import Schema
import Values
import Webhook

/// One webhook of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration
/// (admissionregistration.k8s.io/v1), read once for each version of its configuration.
struct AdmissionHook: Sendable {
  let name: String
  /// The name of its configuration.
  let configuration: String
  /// What tells webhooks of one name apart: where it stands in its configuration.
  let identity: String
  let rules: [HookRule]
  let matchesEquivalent: Bool
  let namespaceSelector: Result<LabelSelector, SelectorError>
  let objectSelector: Result<LabelSelector, SelectorError>
  let isIgnoredOnFailure: Bool
  /// Whether calling it leaves no trace when nothing is to be stored; nil where it doesn't tell.
  let allowsDryRun: Bool?
  let isReinvoked: Bool
  let timeoutSeconds: Int64
  let reviewVersions: [String]
  /// As in the object: CEL expressions with their names.
  let matchConditions: [Value]
  let client: Result<WebhookClientConfig, WebhookClientConfig.Failure>

  init(_ hook: Value, configuration: String, index: Int) {
    name = hook["name"]?.string ?? ""
    self.configuration = configuration
    identity = "\(configuration)/\(name)/\(index)"
    rules = (hook["rules"]?.array ?? []).map(HookRule.init)
    matchesEquivalent = hook["matchPolicy"]?.string != "Exact"
    namespaceSelector = Self.selector(hook["namespaceSelector"])
    objectSelector = Self.selector(hook["objectSelector"])
    isIgnoredOnFailure = hook["failurePolicy"]?.string == "Ignore"
    allowsDryRun = hook["sideEffects"]?.string.map { $0 == "None" || $0 == "NoneOnDryRun" }
    isReinvoked = hook["reinvocationPolicy"]?.string == "IfNeeded"
    timeoutSeconds = min(30, max(1, hook["timeoutSeconds"]?.int ?? 10))
    reviewVersions = hook["admissionReviewVersions"]?.strings ?? []
    matchConditions = hook["matchConditions"]?.array ?? []
    do throws(WebhookClientConfig.Failure) {
      client = .success(try WebhookClientConfig(hook["clientConfig"]))
    } catch {
      client = .failure(error)
    }
  }

  private static func selector(_ value: Value?) -> Result<LabelSelector, SelectorError> {
    do throws(SelectorError) {
      return .success(try LabelSelector(value ?? [:]))
    } catch {
      return .failure(error)
    }
  }
}

/// Which requests a webhook wants to see (admissionregistration.k8s.io/v1 RuleWithOperations).
struct HookRule: Sendable {
  private let operations: [String]
  private let groups: [String]
  private let versions: [String]
  /// Each with its subresource; empty for the object itself.
  private let resources: [(resource: String, subresource: String)]
  private let scope: String

  init(_ rule: Value) {
    operations = rule["operations"]?.strings ?? []
    groups = rule["apiGroups"]?.strings ?? []
    versions = rule["apiVersions"]?.strings ?? []
    resources = (rule["resources"]?.strings ?? []).map { text in
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    scope = rule["scope"]?.string ?? "*"
  }

  /// - Parameter resource: that of the request, or one that is equivalent to it.
  func matches(_ request: AdmissionRequest, as resource: GroupVersionResource) -> Bool {
    func has(_ items: [String], _ wanted: String) -> Bool { items.contains { $0 == "*" || $0 == wanted } }
    return matchesScope(request) && has(operations, request.operation.rawValue)
      && has(groups, resource.group) && has(versions, resource.version)
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
