import Authorization
import Schema
import Values

/// Lets owner references be set only by those who may delete the object, and `blockOwnerDeletion` only by
/// those who may set the owner's finalizers.
struct OwnerReferencesPermissionEnforcement: ValidatingAdmissionPlugin {
  let name = "OwnerReferencesPermissionEnforcement"
  let authorizer: any Authorizer
  let resource: @Sendable (GroupVersionKind) -> APIResource?

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    // Kubelets and others that write the status of pods are not looked at.
    if request.concerns(.pods, "status") { return }
    let new = request.object?["metadata"]?.list("ownerReferences") ?? []
    let old = request.oldObject?["metadata"]?.list("ownerReferences") ?? []
    if request.operation == .update, new != old { try await mayDelete(request) }
    let blocking = new.filter { reference in
      guard reference["blockOwnerDeletion"]?.bool == true else { return false }
      return !old.contains {
        $0["blockOwnerDeletion"]?.bool == true && $0.text("uid") == reference.text("uid")
      }
    }
    for reference in blocking { try await mayBlock(reference, request) }
  }

  private func mayDelete(_ request: AdmissionRequest) async throws(StatusError) {
    let decision = await authorizer.authorize(
      AuthorizationAttributes(
        user: request.user, verb: "delete", namespace: request.namespace, apiGroup: request.resource.group,
        apiVersion: request.resource.version, resource: request.resource.resource, name: request.name))
    if decision.isAllowed { return }
    throw request.forbidden(
      "cannot set an ownerRef on a resource you can't delete: "
        + "\(decision.reason), \(decision.error ?? "<nil>")"
    )
  }

  private func mayBlock(_ reference: Value, _ request: AdmissionRequest) async throws(StatusError) {
    let version = reference.text("apiVersion")
    let kind = reference.text("kind")
    guard let parsed = GroupVersion(apiVersion: version), let owner = resource(parsed.kind(kind)) else {
      throw request.forbidden(
        "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for "
          + "APIVersion \(version) Kind \(kind): no matches for kind \(FieldError.quoted(kind)) "
          + "in version \(FieldError.quoted(version))"
      )
    }
    let decision = await authorizer.authorize(
      AuthorizationAttributes(
        user: request.user, verb: "update", namespace: owner.isNamespaced ? request.namespace : "",
        apiGroup: parsed.group, apiVersion: parsed.version, resource: owner.name, subresource: "finalizers",
        name: reference.text("name")))
    if decision.isAllowed { return }
    throw request.forbidden(
      "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: "
        + "\(decision.reason), \(decision.error ?? "<nil>")")
  }
}
