import Schema

/// The resources that controllers deal with.
extension GroupResource {
  static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
  static let configMaps = GroupResource(group: "", resource: "configmaps")
  static let namespaces = GroupResource(group: "", resource: "namespaces")
  static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")
  static let services = GroupResource(group: "", resource: "services")
}
