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
  let matching: MatchResources
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
    matching = MatchResources(hook, rules: hook["rules"])
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
}
