import HTTPService
import Schema
import Values

/// `pods/eviction`: a delete that PodDisruptionBudgets may hold up
/// (Kubernetes documentation, "API-initiated Eviction").
struct EvictionEndpoint {
  let context: RequestContext
  /// The scope of the `eviction` subresource.
  let scope: ResourceScope
  let registry: ObjectRegistry

  private var namespace: String { context.info.namespace }
  private var name: String { context.info.name }

  func evict() async throws(StatusError) -> HTTPResponse {
    var sent = try await SentObject(context, scope)
    try sent.matchNamespace(namespace)
    guard sent.value["metadata"]?["name"]?.string == name else {
      throw .badRequest("name in URL does not match name in Eviction object")
    }
    var options = try DeleteOptions(context, body: sent.value["deleteOptions"] ?? [:])
    options.isDryRun = options.isDryRun || sent.options.isDryRun
    let caller = context.caller(sent.options, registry)
    let eviction = try await registry.admitPosted(
      sent.value, scope, namespace: namespace, name: name, options: sent.options, caller: caller)

    let pod = try registry.get(scope, namespace: namespace, name: name).value
    if canBeHeld(pod) {
      let budgets = DisruptionBudgets(store: registry.store, namespace: namespace)
      let matching = budgets.matching(pod)
      if matching.count > 1 { return tooManyBudgets(sent.format) }
      if let budget = matching.first, budgets.guards(pod, budget) {
        try registry.amend(DisruptionBudgets.resource, namespace: namespace, name: budget.key.name) {
          budget throws(StatusError) in
          let before = budget
          try DisruptionBudgets.charge(&budget, pod: name)
          if options.isDryRun { budget = before }
        }
      }
      if !options.isDryRun {
        try registry.amend(scope.storage, namespace: namespace, name: name) { pod throws(StatusError) in
          PodConditions.set(
            &pod, "DisruptionTarget", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting")
        }
      }
    }
    guard let pods = context.served.scope(of: scope.groupResource) else { throw .pathNotFound }
    _ = try await registry.delete(
      pods, namespace: namespace, name: name, options: options,
      optionsValue: eviction["deleteOptions"] ?? [:], caller: caller, admits: false)
    return Answer(context: context).success(code: 201, format: sent.format)
  }

  /// A pod that has ended, has not begun or is going already disturbs nobody when it is evicted.
  private func canBeHeld(_ pod: Value) -> Bool {
    let phase = pod["status"]?["phase"]?.string ?? ""
    return !["Succeeded", "Failed", "Pending"].contains(phase) && !ObjectMeta.isBeingDeleted(pod)
  }

  /// A failure that the real server sends in the place of the created object.
  private func tooManyBudgets(_ format: OutputFormat) -> HTTPResponse {
    let failure = StatusError(
      code: 500, reason: "",
      message:
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    return Answer(context: context).encode(failure.value, code: 201, format: format)
  }
}
