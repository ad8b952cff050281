import Values

/// The defaults that constants can't say, by the type that they are about. A rule runs after the type's
/// constants and before the types inside it.
enum DefaultRules {
  typealias Rule = @Sendable (inout Object) -> Void

  static let byType: [String: Rule] = [
    "apiextensions.CustomResourceDefinitionSpec": KindDefaults.customResourceDefinition,
    "apps.DaemonSet": WorkloadDefaults.daemonSet,
    "apps.DaemonSetUpdateStrategy": WorkloadDefaults.daemonSetStrategy,
    "apps.DeploymentStrategy": WorkloadDefaults.deploymentStrategy,
    "apps.StatefulSetSpec": WorkloadDefaults.statefulSet,
    "apps.StatefulSetUpdateStrategy": WorkloadDefaults.statefulSetStrategy,
    "autoscaling.HorizontalPodAutoscaler": AutoscalerDefaults.autoscaler,
    "batch.Job": WorkloadDefaults.job,
    "core.Container": PodDefaults.container,
    "core.EphemeralContainer": PodDefaults.container,
    "core.LimitRangeItem": KindDefaults.limitRangeItem,
    "core.Namespace": KindDefaults.namespace,
    "core.NodeSpec": KindDefaults.nodeSpec,
    "core.NodeStatus": KindDefaults.nodeStatus,
    "core.Pod": PodDefaults.pod,
    "core.PodSpec": PodDefaults.podSpec,
    "core.PodStatus": PodDefaults.podStatus,
    "core.ReplicationController": WorkloadDefaults.replicationController,
    "core.Secret": KindDefaults.secret,
    "core.Service": ServiceDefaults.service,
    "core.Volume": PodDefaults.volume,
    "flowcontrol.PriorityLevelConfigurationSpec": KindDefaults.priorityLevel,
    "networking.NetworkPolicySpec": KindDefaults.networkPolicy,
    "rbac.Subject": KindDefaults.subject,
    "resource.DeviceSubRequest": KindDefaults.deviceRequest,
    "resource.ExactDeviceRequest": KindDefaults.deviceRequest,
  ]
}
