import Authorization
import Schema
import Store
import Values

/// For whom a node may ask for service account tokens: for the pods that run on it, for the audiences that
/// these name.
struct NodeTokenRules {
  let store: ObjectStore
  let authorizer: any Authorizer
  let node: String

  func check(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.operation == .create, request.subresource == "token", let object = request.object else {
      return
    }
    let reference = object["spec"]?["boundObjectRef"]
    guard let reference, reference.text("apiVersion") == "v1", reference.text("kind") == "Pod",
      !reference.text("name").isEmpty
    else { throw request.forbidden("node requested token not bound to a pod") }
    let uid = reference.text("uid")
    if uid.isEmpty { throw request.forbidden("node requested token with a pod binding without a uid") }
    let key = ObjectKey(namespace: request.namespace, name: reference.text("name"))
    guard let pod = store.get(.pods, key)?.value else { throw .notFound(.pods, key.name) }
    if pod["metadata"]?.text("uid") != uid {
      throw request.forbidden(
        "the UID in the bound object reference (\(uid)) does not match the UID in record. "
          + "The object might have been deleted and then recreated")
    }
    if pod["spec"]?.text("nodeName") != node {
      throw request.forbidden("node requested token bound to a pod scheduled on a different node")
    }
    try await checkAudience(object["spec"]?["audiences"]?.strings ?? [], pod, request)
  }

  private func checkAudience(
    _ audiences: [String], _ pod: Value, _ request: AdmissionRequest
  ) async throws(StatusError) {
    if audiences.count > 1 { throw request.forbidden("node may only request 0 or 1 audiences") }
    let audience = audiences.first ?? ""
    if self.audiences(of: pod, request.namespace).contains(audience) { return }
    let decision = await authorizer.authorize(
      AuthorizationAttributes(
        user: request.user, verb: "request-serviceaccounts-token-audience", namespace: request.namespace,
        apiVersion: "v1", resource: audience, name: request.name))
    if decision.isAllowed { return }
    throw request.forbidden(
      "audience \(FieldError.quoted(audience)) not found in pod spec volume, \(request.user.name) "
        + "is not authorized to request tokens for this audience")
  }

  /// The audiences that a pod's volumes name: projected tokens, and what the drivers of its volumes ask for.
  private func audiences(of pod: Value, _ namespace: String) -> Set<String> {
    var found = Set<String>()
    for volume in pod["spec"]?.list("volumes") ?? [] {
      for source in volume["projected"]?.list("sources") ?? [] {
        if let token = source["serviceAccountToken"] { found.insert(token.text("audience")) }
      }
      guard let driver = driver(of: volume, pod, namespace),
        let object = store.get(.csiDrivers, ObjectKey(name: driver))?.value
      else { continue }
      for request in object["spec"]?.list("tokenRequests") ?? [] { found.insert(request.text("audience")) }
    }
    return found
  }

  /// The CSI driver behind a volume, be it written in the pod or claimed by it.
  private func driver(of volume: Value, _ pod: Value, _ namespace: String) -> String? {
    if let driver = volume["csi"]?["driver"]?.string { return driver }
    let podName = pod["metadata"]?.text("name") ?? ""
    let claim =
      volume["persistentVolumeClaim"]?["claimName"]?.string
      ?? (volume["ephemeral"] == nil ? nil : "\(podName)-\(volume.text("name"))")
    guard let claim,
      let bound = store.get(.claims, ObjectKey(namespace: namespace, name: claim))?.value["spec"]?.text(
        "volumeName")
    else { return nil }
    return store.get(.volumes, ObjectKey(name: bound))?.value["spec"]?["csi"]?["driver"]?.string
  }
}
