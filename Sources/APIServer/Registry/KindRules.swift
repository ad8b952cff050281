import Schema

/// What differs from kind to kind in how its objects are written and removed: the facts of the real
/// server's registry strategies, as a table.
struct KindRules: Sendable {
  /// PUT of an object that is not there makes it.
  var createsOnUpdate = false
  /// An update need not say which version it is based on.
  var allowsUnconditionalUpdate = true
  /// A delete answers with the object, not with a Status.
  var returnsDeletedObject = false

  static func of(_ resource: APIResource) -> KindRules {
    if resource.isCustom { return KindRules(allowsUnconditionalUpdate: false) }
    let name = resource.groupResource.description
    return KindRules(
      createsOnUpdate: createOnUpdate.contains(name),
      allowsUnconditionalUpdate: !conditionalUpdate.contains(name),
      returnsDeletedObject: deletedObjectReturned.contains(name))
  }

  private static let createOnUpdate: Set = [
    "endpoints", "events", "events.events.k8s.io", "limitranges", "services",
    "leases.coordination.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io",
  ]

  private static let conditionalUpdate: Set = [
    "apiservices.apiregistration.k8s.io", "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
    "flowschemas.flowcontrol.apiserver.k8s.io", "leases.coordination.k8s.io",
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "poddisruptionbudgets.policy", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    "runtimeclasses.node.k8s.io", "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io", "volumeattachments.storage.k8s.io",
    "volumeattributesclasses.storage.k8s.io",
  ]

  private static let deletedObjectReturned: Set = [
    "namespaces", "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates",
    "resourcequotas", "serviceaccounts", "services",
    "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "storageclasses.storage.k8s.io",
    "volumeattachments.storage.k8s.io", "volumeattributesclasses.storage.k8s.io",
    "resourceclaims.resource.k8s.io", "deviceclasses.resource.k8s.io", "resourceslices.resource.k8s.io",
    "resourceclaimtemplates.resource.k8s.io",
  ]

  /// The key under which etcd would hold an object: storage errors quote it.
  static func registryKey(_ resource: APIResource, namespace: String, name: String) -> String {
    let folder =
      resource.isCustom
      ? "\(resource.groupVersion.group)/\(resource.name)" : registryFolders[resource.name] ?? resource.name
    return "/registry/\(folder)/" + (namespace.isEmpty ? name : "\(namespace)/\(name)")
  }

  private static let registryFolders = [
    "services": "services/specs", "endpoints": "services/endpoints", "nodes": "minions",
    "ingresses": "ingress", "podtemplates": "podtemplates",
    "replicationcontrollers": "controllers",
    "customresourcedefinitions": "apiextensions.k8s.io/customresourcedefinitions",
    "apiservices": "apiregistration.k8s.io/apiservices",
  ]
}
