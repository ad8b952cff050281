import APIServer
import Schema
import Store
import Values

/// How many pods there should be, as those say who control them.
struct PodScale {
  /// Pods whose controller does not say it.
  struct Failure: Error, Sendable {
    var message: String
  }

  let client: LoopbackClient
  let namespace: String

  /// What pods are controlled by, directly or through one of them.
  static let resources: Set<GroupResource> = [
    GroupResource(group: "", resource: "replicationcontrollers"),
    GroupResource(group: "apps", resource: "deployments"),
    GroupResource(group: "apps", resource: "replicasets"),
    GroupResource(group: "apps", resource: "statefulsets"),
  ]

  /// The sum of what the controllers of the pods want; pods without a controller don't count.
  func expected(for pods: [Value]) throws(Failure) -> Int {
    var seen = Set<String>()
    var total = 0
    for pod in pods {
      guard let reference = Self.controller(of: pod) else { continue }
      guard seen.insert(reference.uid).inserted else { continue }
      guard let replicas = replicas(reference, depth: 2) else {
        throw Failure(message: "found no controllers for pod \"\(pod["metadata"]?["name"]?.string ?? "")\"")
      }
      let (sum, overflows) = total.addingReportingOverflow(Int(clamping: max(replicas, 0)))
      total = overflows ? .max : sum
    }
    return min(total, Int(Int32.max))
  }

  private static func controller(of object: Value) -> OwnerReference? {
    object["metadata"]?["ownerReferences"]?.array?.first { $0["controller"]?.bool == true }
      .map(OwnerReference.init)
  }

  /// Of a replica set that belongs to a deployment the deployment's number counts.
  private func replicas(_ reference: OwnerReference, depth: Int) -> Int64? {
    guard depth > 0, let kind = reference.kind, let resource = client.resource(of: kind),
      resource.isNamespaced, resource.subresource("scale") != nil,
      let owner = client.get(resource.groupResource, namespace: namespace, name: reference.name),
      owner.uid == reference.uid
    else { return nil }
    if let upper = Self.controller(of: owner), let count = replicas(upper, depth: depth - 1) { return count }
    return owner["spec"]?["replicas"]?.int ?? (resource.isCustom ? nil : 1)
  }
}
