import Schema
import Values

/// The kinds of the core group (pkg/apis/core/validation).
enum CoreKinds {
  static let table: [String: KindRules] = [
    "/Pod": PodRules.rules,
    "/PodTemplate": KindRules(
      checksFinalizers: true,
      content: { object, errors in PodRules.template(object["template"], &errors) },
      steps: [.metadataUpdate, .content]),
    "/ReplicationController": ReplicationControllerRules.rules,
    "/Service": ServiceRules.rules,
    "/ConfigMap": ConfigMapRules.rules,
    "/Secret": SecretRules.rules,
    "/Namespace": NamespaceRules.rules,
    "/Node": NodeRules.rules,
    "/PersistentVolume": PersistentVolumeRules.rules,
    "/PersistentVolumeClaim": KindRules(
      checksFinalizers: true,
      content: { claim, errors in ClaimRules.spec(claim["spec"], &errors) },
      change: ClaimRules.change,
      steps: [.metadata, .content, .metadataUpdate, .metadata, .content, .change],
      subresources: ["status": ClaimRules.statusChange]),
    "/ServiceAccount": KindRules(checksFinalizers: true, steps: [.metadataUpdate, .metadata]),
    "/ResourceQuota": QuotaRules.rules,
    "/LimitRange": LimitRangeRules.rules,
    "/Endpoints": EndpointsRules.rules,
    "/Event": EventRules.rules,
    "events.k8s.io/Event": EventRules.strict,
  ]
}
