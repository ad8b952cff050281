import Metrics

/// What plugins measure of webhooks, policies and pods, under kube-apiserver's names.
public struct PluginMeasures: Sendable {
  let hooks: HookMeasures
  let conditions: ConditionMeasures
  let policies: PolicyMeasures
  let pods: PodSecurityMeasures

  /// - Parameter registry: where the metrics are shown.
  public init(_ registry: MetricsRegistry) {
    hooks = HookMeasures(registry)
    conditions = ConditionMeasures(registry)
    policies = PolicyMeasures(registry)
    pods = PodSecurityMeasures(registry)
  }
}
