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

  private static let budgets = GroupResource(group: "policy", resource: "poddisruptionbudgets")

  func evict() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let write = try WriteOptions(context, .create)
    let objects = ObjectDecoder(context: context, scope: scope)
    let eviction = try objects.decode(
      try decoder.parse(bytes, encoding, expecting: objects.expected), validation: write.fieldValidation)
    try WriteEndpoints(context: context, scope: scope, registry: registry).matchName(eviction)
    var options = try DeleteOptions(context, body: eviction["deleteOptions"] ?? [:])
    options.isDryRun = options.isDryRun || write.isDryRun

    let pod = try registry.get(scope, namespace: context.info.namespace, name: context.info.name).value
    if try canBeHeld(pod) { try await chargeBudget(pod, isDryRun: options.isDryRun) }
    guard let pods = context.served.scope(of: scope.groupResource) else { throw .pathNotFound }
    _ = try await registry.delete(
      pods, namespace: context.info.namespace, name: context.info.name, options: options, optionsValue: [:],
      caller: context.caller(write, registry, scope))
    return Answer(context: context).encode(
      ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], code: 201,
      format: format)
  }

  /// A pod that has ended, has not begun or is going already disturbs nobody when it is evicted.
  private func canBeHeld(_ pod: Value) throws(StatusError) -> Bool {
    let phase = pod["status"]?["phase"]?.string ?? ""
    return !["Succeeded", "Failed", "Pending"].contains(phase) && !ObjectMeta.isBeingDeleted(pod)
  }

  private func chargeBudget(_ pod: Value, isDryRun: Bool) async throws(StatusError) {
    let labels = pod["metadata"]?["labels"]?.object
    let matching = registry.store.list(Self.budgets, namespace: context.info.namespace).filter { budget in
      guard let selector = budget.value["spec"]?["selector"], let parsed = try? LabelSelector(selector) else {
        return false
      }
      return parsed.matches(labels: labels)
    }
    guard let budget = matching.first else { return }
    guard matching.count == 1 else {
      throw .internalError(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    }
    let allowed = budget.value["status"]?["disruptionsAllowed"]?.int ?? 0
    guard allowed > 0 else { throw tooManyDisruptions(budget.value, budget.key.name) }
    guard !isDryRun else { return }
    var charged = budget.value
    charged["status", default: [:]]["disruptionsAllowed"] = .int(allowed - 1)
    charged["status"]?["disruptedPods", default: [:]][context.info.name] = .string(Timestamp.now.rfc3339)
    do {
      _ = try registry.store.update(Self.budgets, budget.key, ifRevision: budget.revision, charged)
    } catch {
      throw .tooManyRequests(
        "Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds: 10)
    }
  }

  private func tooManyDisruptions(_ budget: Value, _ name: String) -> StatusError {
    let status = budget["status"]
    var error = StatusError.tooManyRequests(
      "Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds: 0)
    error.details?.causes = [
      .init(
        reason: "DisruptionBudget",
        message:
          "The disruption budget \(name) needs \(status?["desiredHealthy"]?.int ?? 0) healthy pods and has "
          + "\(status?["currentHealthy"]?.int ?? 0) currently")
    ]
    return error
  }
}
