import Schema

/// The resources that plugins look at.
extension GroupResource {
  static let pods = GroupResource(group: "", resource: "pods")
  static let namespaces = GroupResource(group: "", resource: "namespaces")
  static let nodes = GroupResource(group: "", resource: "nodes")
  static let services = GroupResource(group: "", resource: "services")
  static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")
  static let limitRanges = GroupResource(group: "", resource: "limitranges")
  static let resourceQuotas = GroupResource(group: "", resource: "resourcequotas")
  static let claims = GroupResource(group: "", resource: "persistentvolumeclaims")
  static let volumes = GroupResource(group: "", resource: "persistentvolumes")
  static let priorityClasses = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
  static let runtimeClasses = GroupResource(group: "node.k8s.io", resource: "runtimeclasses")
  static let storageClasses = GroupResource(group: "storage.k8s.io", resource: "storageclasses")
  static let volumeAttributesClasses = GroupResource(
    group: "storage.k8s.io", resource: "volumeattributesclasses")
  static let csiDrivers = GroupResource(group: "storage.k8s.io", resource: "csidrivers")
  static let csiNodes = GroupResource(group: "storage.k8s.io", resource: "csinodes")
  static let ingresses = GroupResource(group: "networking.k8s.io", resource: "ingresses")
  static let ingressClasses = GroupResource(group: "networking.k8s.io", resource: "ingressclasses")
  static let leases = GroupResource(group: "coordination.k8s.io", resource: "leases")
  static let resourceSlices = GroupResource(group: "resource.k8s.io", resource: "resourceslices")
  static let signingRequests = GroupResource(
    group: "certificates.k8s.io", resource: "certificatesigningrequests")
  static let trustBundles = GroupResource(group: "certificates.k8s.io", resource: "clustertrustbundles")
}

extension AdmissionRequest {
  /// Whether the request is about such an object, or about that part of one.
  func concerns(_ resource: GroupResource, _ subresource: String = "") -> Bool {
    self.resource.groupResource == resource && self.subresource == subresource
  }
}
