import Authentication
import Authorization
import KubernetesCEL
import Schema
import Store
import Values

/// What the expressions of policies and match conditions are given of a request.
struct PolicyRequest: Sendable {
  let request: AdmissionRequest
  let authorizer: any Authorizer
  /// The checks of the authorizer, whose answers all expressions of a request share.
  let checks: AuthorizationChecks

  init(_ request: AdmissionRequest, authorizer: any Authorizer) {
    self.request = request
    self.authorizer = authorizer
    let user = request.user
    checks = AuthorizationChecks { check in
      let decision = await authorizer.authorize(Self.attributes(check, user))
      return AuthorizationAnswer(
        isAllowed: decision.isAllowed, reason: decision.reason, error: decision.error)
    }
  }

  /// - Parameters:
  ///   - object: in the version of `kind`.
  ///   - oldObject: likewise.
  ///   - resource: as which the request matched.
  func input(
    object: Value?, oldObject: Value?, resource: GroupVersionResource, kind: GroupVersionKind
  ) -> PolicyInput {
    var fields = AdmissionReview.request(request, uid: "", resource: resource, kind: kind)
    AdmissionReview.addOptions(request, to: &fields)
    var input = PolicyInput(object: object, oldObject: oldObject, request: .object(fields))
    input.checks = checks
    input.requestResource = AuthorizationCheck(
      group: request.resource.group, resource: request.resource.resource, subresource: request.subresource,
      namespace: request.namespace, name: request.name)
    return input
  }

  /// The namespace that a request is in, as expressions see it; nulls for objects of the cluster.
  /// - Throws: 404 where it is missing.
  func namespaceObject(_ store: ObjectStore) throws(StatusError) -> Value {
    let isNamespace = request.kind == GroupVersion(group: "", version: "v1").kind("Namespace")
    if request.namespace.isEmpty || isNamespace { return .null }
    guard let stored = store.get(.namespaces, ObjectKey(name: request.namespace)) else {
      throw .notFound(.namespaces, request.namespace)
    }
    var metadata = Object()
    for (key, value) in stored.value["metadata"]?.object ?? [:] where Self.shownMetadata.contains(key) {
      metadata[key] = value
    }
    var shown: Object = ["metadata": .object(metadata)]
    for key in ["spec", "status"] { if let value = stored.value[key] { shown[key] = value } }
    return .object(shown)
  }

  private static let shownMetadata: Set = [
    "name", "generateName", "namespace", "labels", "annotations", "uid", "creationTimestamp",
    "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "resourceVersion", "finalizers",
  ]

  private static func attributes(_ check: AuthorizationCheck, _ user: UserInfo) -> AuthorizationAttributes {
    var user = user
    if let account = check.serviceAccount {
      user = UserInfo(
        name: "system:serviceaccount:\(account.namespace):\(account.name)",
        groups: ["system:serviceaccounts", "system:serviceaccounts:\(account.namespace)"])
    }
    if let path = check.path { return AuthorizationAttributes(user: user, verb: check.verb, path: path) }
    return AuthorizationAttributes(
      user: user, verb: check.verb, namespace: check.namespace, apiGroup: check.group, apiVersion: "*",
      resource: check.resource, subresource: check.subresource, name: check.name,
      fieldSelector: check.fieldSelector?.requirements ?? [],
      labelSelector: check.labelSelector?.requirements ?? [])
  }
}
