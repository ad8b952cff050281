import Metrics
import Schema

/// What is measured of Pod Security admission (k8s.io/pod-security-admission/metrics).
struct PodSecurityMeasures: Sendable {
  /// The release of this server: v1.36.
  private static let newestMinor = 36
  private static let requestLabels = ["request_operation", "resource", "subresource"]
  private let evaluations: Counter
  private let exemptions: Counter
  private let errors: Counter

  init(_ registry: MetricsRegistry) {
    evaluations = registry.counter(
      "pod_security_evaluations_total",
      "Evaluations of pods by the Pod Security levels, without requests that are ignored or exempt.",
      labels: ["decision", "policy_level", "policy_version", "mode"] + Self.requestLabels)
    exemptions = registry.counter(
      "pod_security_exemptions_total",
      "Requests that are exempt from Pod Security, without those that are ignored.",
      labels: Self.requestLabels)
    errors = registry.counter(
      "pod_security_errors_total",
      "Errors that kept pods from being evaluated as they should; where they are not fatal the restricted level "
        + "may have counted.", labels: ["fatal"] + Self.requestLabels)
  }

  func evaluated(
    _ rule: PodSecurityRule, _ mode: String, isAllowed: Bool, _ request: AdmissionRequest
  ) {
    evaluations.increment(
      [isAllowed ? "allow" : "deny", rule.level.rawValue, Self.version(rule), mode] + Self.values(request))
  }

  func exempted(_ request: AdmissionRequest) { exemptions.increment(Self.values(request)) }

  func failed(isFatal: Bool, _ request: AdmissionRequest) {
    errors.increment([isFatal ? "true" : "false"] + Self.values(request))
  }

  /// The version whose rules counted: there is one set of rules for pods that may do everything.
  private static func version(_ rule: PodSecurityRule) -> String {
    if rule.level == .privileged { return "latest" }
    if case .minor(let minor) = rule.version, minor > newestMinor { return "future" }
    return "\(rule.version)"
  }

  private static func values(_ request: AdmissionRequest) -> [String] {
    let resource =
      switch request.resource.groupResource {
      case .pods: "pod"
      case .namespaces: "namespace"
      default: "controller"
      }
    return [request.operation.rawValue.lowercased(), resource, request.subresource]
  }
}
