import Schema
import Store
import Values

/// What a node may do to pods.
struct NodePodRules {
  let store: ObjectStore
  let node: String

  private var quoted: String { "node \(FieldError.quoted(node))" }

  func check(_ request: AdmissionRequest) throws(StatusError) {
    switch request.subresource {
    case "": try checkPod(request)
    case "status": try checkStatus(request)
    case "eviction": try checkEviction(request)
    default:
      throw request.forbidden(
        "unexpected pod subresource \(FieldError.quoted(request.subresource)), "
          + "only 'status' and 'eviction' are allowed")
    }
  }

  private func checkPod(_ request: AdmissionRequest) throws(StatusError) {
    switch request.operation {
    case .create:
      if let pod = request.object { try checkNew(pod, request) }
    case .delete:
      if try existing(request)["spec"]?.text("nodeName") != node {
        throw request.forbidden("\(quoted) can only delete pods with spec.nodeName set to itself")
      }
    default:
      throw request.forbidden(
        "unexpected operation \(FieldError.quoted(request.operation.rawValue)), "
          + "\(quoted) can only create and delete mirror pods")
    }
  }

  private func existing(_ request: AdmissionRequest) throws(StatusError) -> Value {
    let key = ObjectKey(namespace: request.namespace, name: request.name)
    guard let pod = store.get(.pods, key)?.value else { throw .notFound(.pods, request.name) }
    return pod
  }

  private func checkNew(_ pod: Value, _ request: AdmissionRequest) throws(StatusError) {
    guard pod.isMirrorPod else {
      throw request.forbidden(
        #"pod does not have "kubernetes.io/config.mirror" annotation, \#(quoted) can only create mirror pods"#
      )
    }
    if pod["spec"]?.text("nodeName") != node {
      throw request.forbidden("\(quoted) can only create pods with spec.nodeName set to itself")
    }
    if let problem = try ownerProblem(pod) { throw request.forbidden(problem) }
    for (isUsed, what) in [
      (!(pod["spec"]?.text("serviceAccountName") ?? "").isEmpty, "a service account"),
      (PodReferences.usesSecrets(pod), "secrets"), (PodReferences.usesConfigMaps(pod), "configmaps"),
      (PodReferences.usesTrustBundles(pod), "clustertrustbundles"),
      (PodReferences.usesClaims(pod), "persistentvolumeclaims"),
    ] where isUsed {
      throw request.forbidden("\(quoted) can not create pods that reference \(what)")
    }
  }

  private func ownerProblem(_ pod: Value) throws(StatusError) -> String? {
    let owners = pod["metadata"]?.list("ownerReferences") ?? []
    if owners.count > 1 {
      return "\(quoted) can only create pods with a single owner reference set to itself"
    }
    guard let owner = owners.first, owner.text("apiVersion") == "v1", owner.text("kind") == "Node",
      owner.text("name") == node
    else { return "\(quoted) can only create pods with an owner reference set to itself" }
    if owner["controller"]?.bool != true {
      return "\(quoted) can only create pods with a controller owner reference set to itself"
    }
    if owner["blockOwnerDeletion"]?.bool == true {
      return "\(quoted) must not set blockOwnerDeletion on an owner reference"
    }
    guard let object = store.get(.nodes, ObjectKey(name: node))?.value else { throw .notFound(.nodes, node) }
    let uid = object["metadata"]?.text("uid") ?? ""
    if owner.text("uid") == uid { return nil }
    return "node \(node) UID mismatch: expected \(owner.text("uid")) got \(uid)"
  }

  private func checkStatus(_ request: AdmissionRequest) throws(StatusError) {
    guard request.operation == .update, let new = request.object, let old = request.oldObject else {
      throw request.forbidden("unexpected operation \(FieldError.quoted(request.operation.rawValue))")
    }
    if old["spec"]?.text("nodeName") != node {
      throw request.forbidden(
        "\(quoted) can only update pod status for pods with spec.nodeName set to itself")
    }
    if (new["metadata"]?["labels"]?.object ?? [:]) != (old["metadata"]?["labels"]?.object ?? [:]) {
      throw request.forbidden("\(quoted) cannot update labels through pod status")
    }
    func claims(_ pod: Value) -> [Value] { pod["status"]?.list("resourceClaimStatuses") ?? [] }
    // The real server's message has the word so.
    if claims(new) != claims(old) {
      throw request.forbidden("\(quoted) cannot update resource claim statues")
    }
  }

  private func checkEviction(_ request: AdmissionRequest) throws(StatusError) {
    // Here an eviction may also come as the deletion that it leads to.
    guard request.operation == .create || request.operation == .delete else {
      throw request.forbidden("unexpected operation \(request.operation.rawValue)")
    }
    if try existing(request)["spec"]?.text("nodeName") != node {
      throw request.forbidden("node \(node) can only evict pods with spec.nodeName set to itself")
    }
  }
}
