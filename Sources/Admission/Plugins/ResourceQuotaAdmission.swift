import Schema
import Store
import Synchronization
import Values

/// The plugin ResourceQuota: refuses what a namespace's quotas have no room for, and charges them for all
/// else
/// (Kubernetes documentation, "Resource Quotas").
final class ResourceQuotaAdmission: ValidatingAdmissionPlugin {
  let name = "ResourceQuota"
  private let store: ObjectStore
  /// Requests are charged one after the other, so that only the controller's writes can come between.
  private let charging = Mutex(())

  /// How often a charge is tried again after another write to the same quota.
  private static let retries = 8

  /// What may be used only where a quota covers it.
  private let limitedResources: [LimitedResource]

  init(store: ObjectStore, limitedResources: [LimitedResource] = []) {
    self.store = store
    self.limitedResources = limitedResources
  }

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard !request.namespace.isEmpty, request.resource.groupResource != .namespaces,
      let object = request.object,
      let evaluator = QuotaEvaluators.evaluator(for: request.resource.groupResource),
      evaluator.handles(request)
    else { return }
    guard !limitedResources.isEmpty || store.list(.resourceQuotas, namespace: request.namespace).count > 0
    else { return }
    let usage = evaluator.usage(of: object)
    try charging.withLock { (_) throws(StatusError) in try charge(object, usage, evaluator, request) }
  }

  private func charge(
    _ object: Value, _ usage: ResourceAmounts, _ evaluator: any QuotaEvaluator, _ request: AdmissionRequest
  ) throws(StatusError) {
    var open: Set<ObjectKey>?
    for _ in 0...Self.retries {
      var all: [StoredObject] = []
      var quotas: [StoredObject] = []
      for quota in store.list(.resourceQuotas, namespace: request.namespace)
      where open?.contains(quota.key) ?? true {
        all.append(quota)
        if try limits(quota, object, evaluator, request) { quotas.append(quota) }
      }
      let negative = usage.filter { $0.value.sign < 0 }.keys
      if !negative.isEmpty {
        throw request.forbidden("quota usage is negative for resource(s): \(Self.names(negative))")
      }
      let more = quotas.map { delta(usage, $0, evaluator, request) }
      let added = quotas.isEmpty ? [increase(usage, evaluator, request)] : more
      if added.allSatisfy(\.isEmpty) { return }
      if open == nil { try checkCover(object, usage, quotas, of: all, evaluator, request) }
      var charges: [(quota: StoredObject, value: Value)] = []
      for (quota, more) in zip(quotas, more) {
        if let value = try charged(quota, more, request) { charges.append((quota, value)) }
      }
      if request.isDryRun { return }
      open = Set(charges.filter { !write($0.value, over: $0.quota) }.map(\.quota.key))
      guard let open, !open.isEmpty else { return }
    }
    throw .modified(.resourceQuotas, open?.min()?.name ?? "")
  }

  /// Refuses what is limited to quotas and has none: amounts by their names, objects by their scopes.
  /// - Parameters:
  ///   - quotas: those that count the object.
  ///   - all: of the namespace.
  private func checkCover(
    _ object: Value, _ usage: ResourceAmounts, _ quotas: [StoredObject], of all: [StoredObject],
    _ evaluator: any QuotaEvaluator, _ request: AdmissionRequest
  ) throws(StatusError) {
    let limited = limitedResources.filter { $0.resource == request.resource.groupResource }
    let names = usage.filter { name, amount in
      amount.sign > 0
        && limited.contains { $0.matchContains.contains { Self.contains(name, $0) } }
    }.keys
    let covered = Set(quotas.flatMap { Self.hard($0).filter(evaluator.counts) })
    let bare = names.filter { !covered.contains($0) }
    if !bare.isEmpty { throw request.forbidden("insufficient quota to consume: \(Self.names(bare))") }
    func matching(_ scopes: [QuotaScope]) -> [QuotaScope] {
      scopes.filter { evaluator.isInScope(object, $0) }
    }
    let coveredScopes = Set(all.flatMap { matching(QuotaScope.scopes(of: $0.value)).map(\.name) })
    let open = matching(limitedResources.flatMap(\.matchScopes)).filter { !coveredScopes.contains($0.name) }
    if !open.isEmpty {
      let shown = open.map { "{\($0.name) \($0.operation) [\($0.values.joined(separator: " "))]}" }
      // The real server's plugin returns a plain error.
      throw .unexpected(
        "insufficient quota to match these scopes: [\(shown.joined(separator: " "))]")
    }
  }

  /// Whether a text has another one in it.
  private static func contains(_ text: String, _ part: String) -> Bool {
    let text = Array(text.utf8)
    let part = Array(part.utf8)
    if part.isEmpty { return true }
    return text.indices.contains { text[$0...].starts(with: part) }
  }

  /// Whether the quota counts the object.
  private func limits(
    _ quota: StoredObject, _ object: Value, _ evaluator: any QuotaEvaluator, _ request: AdmissionRequest
  ) throws(StatusError) -> Bool {
    let hard = Self.hard(quota)
    guard evaluator.matches(object, hard: hard, scopes: QuotaScope.scopes(of: quota.value)) else {
      return false
    }
    let limited = hard.filter(evaluator.counts)
    if let problem = evaluator.missing(in: object, for: limited) {
      throw request.forbidden("failed quota: \(quota.key.name): \(problem)")
    }
    let used = quota.value["status"]?["used"]?.object
    if limited.contains(where: { !(used?.contains($0) ?? false) }) {
      throw request.forbidden(
        "status unknown for quota: \(quota.key.name), resources: \(Self.names(limited))")
    }
    return true
  }

  /// What the request adds to what is used already.
  private func delta(
    _ usage: ResourceAmounts, _ quota: StoredObject, _ evaluator: any QuotaEvaluator,
    _ request: AdmissionRequest
  ) -> ResourceAmounts {
    if request.operation == .update, let old = request.oldObject,
      evaluator.matches(old, hard: Self.hard(quota), scopes: QuotaScope.scopes(of: quota.value))
    {
      return increase(usage, evaluator, request)
    }
    return usage.filter { $0.value.sign > 0 }
  }

  /// What the request adds to what the object used before.
  private func increase(
    _ usage: ResourceAmounts, _ evaluator: any QuotaEvaluator, _ request: AdmissionRequest
  ) -> ResourceAmounts {
    var increase = usage
    if request.operation == .update, let old = request.oldObject {
      for (name, before) in evaluator.usage(of: old) {
        if let now = increase[name] { increase[name] = now - before }
      }
    }
    return increase.filter { $0.value.sign > 0 }
  }

  /// The quota with the amounts added; nil where there is nothing to add.
  private func charged(
    _ quota: StoredObject, _ more: ResourceAmounts, _ request: AdmissionRequest
  ) throws(StatusError) -> Value? {
    let hard = PodAmounts.read(quota.value["status"]?["hard"])
    let used = PodAmounts.read(quota.value["status"]?["used"])
    let requested = more.filter { hard[$0.key] != nil }
    if requested.isEmpty { return nil }
    var total = used
    PodAmounts.add(requested, to: &total)
    // A status only tells what is so already.
    let exceeded = requested.keys.filter { name in
      request.subresource != "status" && (total[name] ?? .zero) > (hard[name] ?? .zero)
    }
    if !exceeded.isEmpty {
      func shown(_ amounts: ResourceAmounts) -> String {
        exceeded.sortedAsBytes().compactMap { name in amounts[name].map { "\(name)=\($0)" } }
          .joined(separator: ",")
      }
      throw request.forbidden(
        "exceeded quota: \(quota.key.name), requested: \(shown(requested)), used: \(shown(used)), "
          + "limited: \(shown(hard))")
    }
    var value = quota.value
    value.set(PodAmounts.value(total), at: ["status", "used"])
    return value
  }

  private func write(_ value: Value, over quota: StoredObject) -> Bool {
    do {
      _ = try store.update(.resourceQuotas, quota.key, ifRevision: quota.revision, value)
      return true
    } catch .notFound {
      // A quota that is gone limits nothing.
      return true
    } catch {
      return false
    }
  }

  private static func hard(_ quota: StoredObject) -> [String] {
    quota.value["status"]?["hard"]?.object?.keys ?? []
  }

  private static func names(_ names: some Sequence<String>) -> String {
    names.sortedAsBytes().joined(separator: ",")
  }
}
