import Authorization
import Schema
import Values

/// Nobody grants what they haven't got (Kubernetes documentation, "Privilege escalation prevention").
struct RBACEscalationHook: KindHook {
  let check: EscalationCheck

  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    try await check(object, old: nil, requestName: "", scope, caller)
  }

  func beforeUpdate(
    _ new: inout Value, old: Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    try await check(new, old: old, requestName: old["metadata"]?["name"]?.string ?? "", scope, caller)
  }

  private func check(
    _ object: Value, old: Value?, requestName: String, _ scope: ResourceScope, _ caller: Caller
  ) async throws(StatusError) {
    let namespace = object["metadata"]?["namespace"]?.string ?? ""
    switch scope.resource.name {
    case "roles", "clusterroles":
      try await check.role(
        object, old: old, resource: scope.groupResource, user: caller.user, namespace: namespace,
        requestName: requestName)
    default:
      try await check.binding(
        object, old: old, resource: scope.groupResource, user: caller.user, namespace: namespace)
    }
  }
}
