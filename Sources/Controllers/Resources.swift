import Schema

/// The resources that controllers deal with.
extension GroupResource {
  static let certificateSigningRequests = GroupResource(
    group: "certificates.k8s.io", resource: "certificatesigningrequests")
  static let claims = GroupResource(group: "", resource: "persistentvolumeclaims")
  static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
  static let configMaps = GroupResource(group: "", resource: "configmaps")
  static let definitions = GroupResource(group: "apiextensions.k8s.io", resource: "customresourcedefinitions")
  static let disruptionBudgets = GroupResource(group: "policy", resource: "poddisruptionbudgets")
  static let endpoints = GroupResource(group: "", resource: "endpoints")
  static let endpointSlices = GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
  static let events = GroupResource(group: "", resource: "events")
  static let namespaces = GroupResource(group: "", resource: "namespaces")
  static let nodes = GroupResource(group: "", resource: "nodes")
  static let pods = GroupResource(group: "", resource: "pods")
  static let quotas = GroupResource(group: "", resource: "resourcequotas")
  static let secrets = GroupResource(group: "", resource: "secrets")
  static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")
  static let serviceAddresses = GroupResource(group: "networking.k8s.io", resource: "ipaddresses")
  static let serviceBlocks = GroupResource(group: "networking.k8s.io", resource: "servicecidrs")
  static let services = GroupResource(group: "", resource: "services")
  static let volumes = GroupResource(group: "", resource: "persistentvolumes")
}
