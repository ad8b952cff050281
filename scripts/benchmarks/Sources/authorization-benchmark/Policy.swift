import Authentication
import Authorization
import Schema
import Store
import Values

/// Roles and bindings of a made-up company: each binding gives a role of its own with five rules, one in ten in
/// the whole cluster, the others in one of a hundred namespaces; seven of ten to users, three to groups.
struct Policy {
  static let rulesPerRole = 5
  static let namespaces = 100
  static let groupsPerUser = 5

  let bindings: Int
  let users: Int
  let groups: Int
  let store = ObjectStore()

  private static let resources = [
    "pods", "services", "configmaps", "secrets", "deployments", "jobs", "pods/log", "endpoints", "events",
    "serviceaccounts",
  ]
  private static let verbs = [
    ["get"], ["get", "list"], ["get", "list", "watch"], ["create", "delete"], ["*"],
  ]
  private static let group = "rbac.authorization.k8s.io"

  init(bindings: Int) throws {
    self.bindings = bindings
    users = max(bindings / 10, 10)
    groups = max(bindings / 50, 10)
    for number in 0..<bindings { try add(number) }
  }

  var rules: Int { bindings * Self.rulesPerRole }

  private func add(_ number: Int) throws {
    let isForCluster = number % 10 == 0
    let namespace = isForCluster ? "" : "n\(number % Self.namespaces)"
    let rules = (0..<Self.rulesPerRole).map { position -> Value in
      let resource = Self.resources[(number + position * 3) % Self.resources.count]
      return [
        "apiGroups": [resource == "deployments" ? "apps" : ""], "resources": [.string(resource)],
        "verbs": Value(Self.verbs[(number / 7 + position) % Self.verbs.count]),
      ]
    }
    let kind: Value = isForCluster ? "ClusterRole" : "Role"
    let role: Value = ["metadata": ["name": .string("r\(number)")], "rules": .array(rules)]
    let subject: Value =
      number % 10 < 7
      ? ["kind": "User", "name": .string("u\(number * 31 % users)")]
      : ["kind": "Group", "name": .string("g\(number * 17 % groups)")]
    let binding: Value = [
      "metadata": ["name": .string("b\(number)")],
      "roleRef": ["apiGroup": .string(Self.group), "kind": kind, "name": .string("r\(number)")],
      "subjects": [subject],
    ]
    let prefix = isForCluster ? "cluster" : ""
    for (resource, name, object) in [("roles", "r\(number)", role), ("rolebindings", "b\(number)", binding)] {
      _ = try store.create(
        GroupResource(group: Self.group, resource: prefix + resource),
        ObjectKey(namespace: namespace, name: name), object)
    }
  }

  /// Questions of all users about all namespaces, some allowed and some not.
  func requests(_ count: Int) -> [AuthorizationAttributes] {
    (0..<count).map { number in
      let user = number * 7919 % users
      let memberships = (0..<Self.groupsPerUser).map { "g\((user * 13 + $0 * 101) % groups)" }
      let combined = Self.resources[number / 3 % Self.resources.count].split(separator: "/").map(String.init)
      return AuthorizationAttributes(
        user: UserInfo(name: "u\(user)", groups: memberships + ["system:authenticated"]),
        verb: ["get", "list", "create", "update"][number % 4],
        namespace: "n\(number * 37 % Self.namespaces)", apiGroup: combined[0] == "deployments" ? "apps" : "",
        apiVersion: "v1", resource: combined[0], subresource: combined.count > 1 ? combined[1] : "",
        name: "x\(number)")
    }
  }
}
