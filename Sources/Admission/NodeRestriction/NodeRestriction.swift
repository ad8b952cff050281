import Authentication
import Authorization
import Schema
import Store
import Values

/// Keeps nodes to what is theirs: their own Node object, the pods that run on them, the tokens of those pods
/// (Kubernetes documentation, "Using Node Authorization").
struct NodeRestriction: MutatingAdmissionPlugin {
  let name = "NodeRestriction"
  let store: ObjectStore
  let authorizer: any Authorizer
  let requestedSubject: AdmissionPlugins.SubjectReader

  func handles(_ operation: AdmissionOperation) -> Bool { operation != .connect }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.user.groups.contains(SystemName.nodesGroup) else { return }
    guard request.user.name.hasPrefix(SystemName.nodeUserPrefix) else { return }
    let node = String(request.user.name.dropFirst(SystemName.nodeUserPrefix.utf8.count))
    if node.isEmpty {
      throw request.forbidden("could not determine node from user \(FieldError.quoted(request.user.name))")
    }
    switch request.resource.groupResource {
    case .pods: try NodePodRules(store: store, node: node).check(request)
    case .nodes: try NodeObjectRules(node: node).check(request)
    case .claims: try checkClaim(request, node)
    case .serviceAccounts:
      try await NodeTokenRules(store: store, authorizer: authorizer, node: node).check(request)
    case .leases: try checkLease(request, node)
    case .csiNodes:
      if Self.name(request) != node {
        throw request.forbidden("can only access CSINode with the same name as the requesting node")
      }
    case .resourceSlices: try checkSlice(request, node)
    case .signingRequests: try checkSigningRequest(request, node)
    default: break
    }
  }

  private static func name(_ request: AdmissionRequest) -> String {
    request.operation == .create ? request.object?["metadata"]?.text("name") ?? request.name : request.name
  }

  private func checkClaim(_ request: AdmissionRequest, _ node: String) throws(StatusError) {
    if request.subresource != "status" { throw request.forbidden("may only update PVC status") }
    guard request.operation == .update, let new = request.object, let old = request.oldObject else {
      throw request.forbidden("unexpected operation \(FieldError.quoted(request.operation.rawValue))")
    }
    if Self.withoutGrowth(new) == Self.withoutGrowth(old) { return }
    throw request.forbidden(
      "node \(FieldError.quoted(node)) is not allowed to update fields other than status.quantity and "
        + "status.conditions")
  }

  /// A claim without what a node may tell about its size.
  private static func withoutGrowth(_ claim: Value) -> Value {
    var claim = claim
    for field in ["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"] {
      claim.set(nil, at: ["status", field])
    }
    for field in ["resourceVersion", "managedFields"] { claim.set(nil, at: ["metadata", field]) }
    return claim
  }

  private func checkLease(_ request: AdmissionRequest, _ node: String) throws(StatusError) {
    if request.namespace != "kube-node-lease" {
      throw request.forbidden(#"can only access leases in the "kube-node-lease" system namespace"#)
    }
    if Self.name(request) != node {
      throw request.forbidden("can only access node lease with the same name as the requesting node")
    }
  }

  private func checkSlice(_ request: AdmissionRequest, _ node: String) throws(StatusError) {
    let (slice, verb): (Value?, String)
    switch request.operation {
    case .create: (slice, verb) = (request.object, "create")
    case .delete: (slice, verb) = (request.oldObject, "delete")
    default: return
    }
    if slice?["spec"]?.text("nodeName") != node {
      throw request.forbidden("can only \(verb) ResourceSlice with the same NodeName as the requesting node")
    }
  }

  private func checkSigningRequest(_ request: AdmissionRequest, _ node: String) throws(StatusError) {
    let signers = ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"]
    guard request.operation == .create, let spec = request.object?["spec"],
      signers.contains(spec.text("signerName"))
    else { return }
    guard let bytes = try? Base64.decode(spec.text("request")), let subject = requestedSubject(bytes) else {
      throw request.forbidden("unable to parse csr: it is no certificate request in PEM")
    }
    if subject.commonName != SystemName.nodeUserPrefix + node {
      throw request.forbidden("can only create a node CSR with CN=system:node:\(node)")
    }
  }
}
