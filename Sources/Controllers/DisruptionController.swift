import APIServer
import Schema
import Store
import Synchronization
import Values

/// Keeps the status of PodDisruptionBudgets, which tells evictions how many pods may go
/// (Kubernetes documentation, "Disruptions").
public final class DisruptionController: Reconciler {
  public let name = "disruption-controller"
  private let client: LoopbackClient
  private let schedule = Mutex<Schedule<ObjectKey>?>(nil)

  /// How long an evicted pod may take to be marked; after that the eviction counts no more.
  static let evictionTimeout: Int64 = 120

  public init(client: LoopbackClient) { self.client = client }

  public func start(_ schedule: @escaping Schedule<ObjectKey>) { self.schedule.withLock { $0 = schedule } }

  // MARK: - What changed

  public func keys(for change: StoreChange) -> [ObjectKey] {
    if change.resource == .disruptionBudgets { return change.kind == .deleted ? [] : [change.object.key] }
    guard change.resource == .pods || PodScale.resources.contains(change.resource) else { return [] }
    return client.store.list(.disruptionBudgets, namespace: change.object.key.namespace).map(\.key)
  }

  public func initialKeys() -> [ObjectKey] { client.store.list(.disruptionBudgets).map(\.key) }

  // MARK: - What to do about it

  public func reconcile(_ key: ObjectKey) async throws {
    guard let budget = client.get(.disruptionBudgets, namespace: key.namespace, name: key.name) else {
      return
    }
    let now = Timestamp.now
    let (status, next) = status(of: budget, in: key.namespace, now)
    if let next { schedule.withLock { $0 }?(key, .seconds(next)) }
    guard status != budget["status"] else { return }
    let uid = budget.uid
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(
        .disruptionBudgets, namespace: key.namespace, name: key.name, subresource: "status"
      ) {
        budget in
        guard budget.uid == uid else { return nil }
        var budget = budget
        budget["status"] = self.status(of: budget, in: key.namespace, now).status
        return budget
      }
    }
  }

  /// The status as it should be, and after how many seconds it will be another one though nothing changes.
  private func status(
    of budget: Value, in namespace: String, _ now: Timestamp
  ) -> (status: Value, next: Int64?) {
    let selector = budget["spec"]?["selector"].flatMap { try? LabelSelector($0) } ?? .nothing
    let pods = client.store.list(.pods, namespace: namespace).map(\.value).filter {
      selector.matches(labels: $0["metadata"]?["labels"]?.object)
    }
    var status = budget["status"] ?? [:]
    status["observedGeneration"] = budget["metadata"]?["generation"]
    let needed: Needed
    do throws(PodScale.Failure) {
      needed = try Self.needed(budget["spec"], pods, PodScale(client: client, namespace: namespace))
    } catch {
      status["disruptionsAllowed"] = 0
      Self.setCondition(&status, budget, reason: "SyncFailed", message: error.message, isTrue: false, now)
      return (status, nil)
    }
    let (evicted, next) = Self.evicted(budget["status"]?["disruptedPods"]?.object ?? [:], pods, now)
    let healthy = pods.filter { pod in
      !pod.isBeingDeleted && !evicted.contains(pod["metadata"]?["name"]?.string ?? "") && Self.isReady(pod)
    }.count
    // A budget that no pods are counted for yet lets none go.
    let allowed = needed.expected > 0 ? max(healthy - needed.healthy, 0) : 0
    status["currentHealthy"] = .int(Int64(healthy))
    status["desiredHealthy"] = .int(Int64(needed.healthy))
    status["expectedPods"] = .int(Int64(needed.expected))
    status["disruptionsAllowed"] = .int(Int64(allowed))
    status["disruptedPods"] = evicted.isEmpty ? nil : .object(evicted)
    Self.setCondition(
      &status, budget, reason: allowed > 0 ? "SufficientPods" : "InsufficientPods", message: "",
      isTrue: allowed > 0, now)
    return (status, next)
  }

  private static func isReady(_ pod: Value) -> Bool {
    (pod["status"]?["conditions"]?.array ?? []).contains {
      $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
    }
  }

  /// The evictions that are still to show: of pods that are there and not marked yet.
  private static func evicted(_ known: Object, _ pods: [Value], _ now: Timestamp) -> (Object, Int64?) {
    var kept = Object()
    var next: Int64?
    for pod in pods where !pod.isBeingDeleted {
      guard let name = pod["metadata"]?["name"]?.string, let text = known[name]?.string,
        let time = Timestamp(rfc3339: text)
      else { continue }
      let left = time.seconds + evictionTimeout - now.seconds
      guard left > 0 else { continue }
      kept[name] = .string(text)
      next = min(next ?? left, left)
    }
    return (kept, next)
  }

  // MARK: - How many pods are needed

  private struct Needed {
    var expected: Int
    var healthy: Int
  }

  private static func needed(
    _ spec: Value?, _ pods: [Value], _ scale: PodScale
  ) throws(PodScale.Failure) -> Needed {
    if let unavailable = spec?["maxUnavailable"], !unavailable.isNull {
      let expected = try scale.expected(for: pods)
      return Needed(expected: expected, healthy: max(expected - amount(unavailable, of: expected), 0))
    }
    guard let available = spec?["minAvailable"], !available.isNull else {
      return Needed(expected: 0, healthy: 0)
    }
    if let count = available.int {
      return Needed(expected: pods.count, healthy: Int(clamping: count))
    }
    let expected = try scale.expected(for: pods)
    return Needed(expected: expected, healthy: amount(available, of: expected))
  }

  /// A number, or a percentage, rounded up.
  private static func amount(_ value: Value, of total: Int) -> Int {
    if let count = value.int { return Int(clamping: count) }
    guard let text = value.string, text.hasSuffix("%"), let percent = Int(text.dropLast()),
      (0...1_000_000).contains(percent)
    else { return 0 }
    return (total * percent + 99) / 100
  }

  private static func setCondition(
    _ status: inout Value, _ budget: Value, reason: String, message: String, isTrue: Bool, _ now: Timestamp
  ) {
    var conditions = status["conditions"]?.array ?? []
    let index = conditions.firstIndex { $0["type"]?.string == "DisruptionAllowed" }
    let text = isTrue ? "True" : "False"
    let before = index.map { conditions[$0] }
    let since = before?["status"]?.string == text ? before?["lastTransitionTime"] : nil
    var condition: Value = [
      "type": "DisruptionAllowed", "status": .string(text), "reason": .string(reason),
      "message": .string(message), "lastTransitionTime": since ?? .string(now.rfc3339),
    ]
    condition["observedGeneration"] = budget["metadata"]?["generation"]
    if let index { conditions[index] = condition } else { conditions.append(condition) }
    status["conditions"] = .array(conditions)
  }
}
