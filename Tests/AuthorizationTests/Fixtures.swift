import Authentication
import Schema
import Store
import Values

@testable import Authorization

let rbacGroup = "rbac.authorization.k8s.io"

/// A store with RBAC objects and an authorizer that follows it.
struct Policy {
  let store = ObjectStore()
  let index: RBACIndex

  init(bootstrap: Bool = false) throws {
    index = RBACIndex(store: store)
    guard bootstrap else { return }
    for (resource, object) in RBACBootstrap.objects() { try put(resource.resource, object) }
  }

  var authorizer: UnionAuthorizer { UnionAuthorizer([RBACAuthorizer(index: index)]) }

  func put(_ resource: String, _ object: Value) throws {
    let key = ObjectKey(
      namespace: object[path: "metadata", "namespace"]?.string ?? "",
      name: object[path: "metadata", "name"]?.string ?? "")
    let resource = GroupResource(group: rbacGroup, resource: resource)
    if let old = store.get(resource, key) {
      _ = try store.update(resource, key, ifRevision: old.revision, object)
    } else {
      _ = try store.create(resource, key, object)
    }
  }

  func delete(_ resource: String, _ name: String, namespace: String = "") throws {
    _ = try store.delete(
      GroupResource(group: rbacGroup, resource: resource), ObjectKey(namespace: namespace, name: name),
      ifRevision: nil, final: nil)
  }

  func role(_ name: String, _ rules: [Value], namespace: String = "") throws {
    try put(
      namespace.isEmpty ? "clusterroles" : "roles",
      ["metadata": ["name": .string(name), "namespace": .string(namespace)], "rules": .array(rules)])
  }

  /// Binds `Role/NAME` or `ClusterRole/NAME`.
  func bind(_ name: String, _ role: String, to subjects: [Value], namespace: String = "") throws {
    let parts = role.split(separator: "/").map(String.init)
    try put(
      namespace.isEmpty ? "clusterrolebindings" : "rolebindings",
      [
        "metadata": ["name": .string(name), "namespace": .string(namespace)],
        "roleRef": ["apiGroup": .string(rbacGroup), "kind": .string(parts[0]), "name": .string(parts[1])],
        "subjects": .array(subjects),
      ])
  }

  func decide(
    _ user: UserInfo, _ verb: String, _ resource: String, group: String = "", namespace: String = "",
    subresource: String = "", name: String = ""
  ) async -> AuthorizationDecision {
    await authorizer.authorize(
      AuthorizationAttributes(
        user: user, verb: verb, namespace: namespace, apiGroup: group, resource: resource,
        subresource: subresource, name: name))
  }
}

func rule(
  _ verbs: [String], _ resources: [String], groups: [String] = [""], names: [String] = []
) -> Value {
  PolicyRule(verbs: verbs, apiGroups: groups, resources: resources, resourceNames: names).value
}

func user(_ name: String) -> Value {
  ["kind": "User", "apiGroup": .string(rbacGroup), "name": .string(name)]
}

func group(_ name: String) -> Value {
  ["kind": "Group", "apiGroup": .string(rbacGroup), "name": .string(name)]
}

let jane = UserInfo(name: "jane", groups: ["developers", "qa", "system:authenticated"])
let admin = UserInfo(name: "admin", groups: ["system:masters"])
