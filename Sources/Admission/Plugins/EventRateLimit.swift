import Schema
import Synchronization
import Values

/// How many events may be written (eventratelimit.admission.k8s.io/v1alpha1 Limit).
public struct EventLimit: Sendable {
  /// What shares one allowance.
  public enum Kind: String, Sendable {
    case server = "Server"
    case namespace = "Namespace"
    case user = "User"
    case sourceAndObject = "SourceAndObject"
  }

  public var kind: Kind
  /// Events in a second, in the long run.
  public var queriesPerSecond: Int
  /// Events at once.
  public var burst: Int

  public init(_ kind: Kind, queriesPerSecond: Int, burst: Int) {
    self.kind = kind
    self.queriesPerSecond = queriesPerSecond
    self.burst = burst
  }
}

/// Refuses events that come faster than its limits allow; without limits it allows all.
final class EventRateLimit: ValidatingAdmissionPlugin {
  let name = "EventRateLimit"

  /// What is left of an allowance.
  private struct Bucket {
    var left: Double
    var since: Timestamp
  }

  private let limits: [EventLimit]
  private let now: @Sendable () -> Timestamp
  private let buckets = Mutex<[String: Bucket]>([:])
  /// As many keys as the real server remembers by default.
  private static let capacity = 4096

  init(limits: [EventLimit], now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.limits = limits
    self.now = now
  }

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    let group = request.resource.group
    guard request.resource.resource == "events", group.isEmpty || group == "events.k8s.io", !request.isDryRun
    else { return }
    var refusals: [String] = []
    for (index, limit) in limits.enumerated() {
      let key = Self.key(limit.kind, request)
      if take(limit, "\(index)/\(key)") { continue }
      refusals.append("limit reached on type \(limit.kind.rawValue) for key \(key)")
    }
    if refusals.isEmpty { return }
    throw .tooManyRequests(aggregated(refusals), retryAfterSeconds: 0)
  }

  private func take(_ limit: EventLimit, _ key: String) -> Bool {
    let time = now()
    return buckets.withLock { buckets in
      if buckets.count >= Self.capacity, buckets[key] == nil {
        // Whoever has waited longest has the most left, and loses the least.
        if let oldest = buckets.min(by: { $0.value.since < $1.value.since })?.key { buckets[oldest] = nil }
      }
      var bucket = buckets[key] ?? Bucket(left: Double(limit.burst), since: time)
      let refill = max(0, time.timeIntervalSince(bucket.since)) * Double(limit.queriesPerSecond)
      bucket.left = min(Double(limit.burst), bucket.left + refill)
      bucket.since = time
      let isAllowed = bucket.left >= 1
      if isAllowed { bucket.left -= 1 }
      buckets[key] = bucket
      return isAllowed
    }
  }

  private static func key(_ kind: EventLimit.Kind, _ request: AdmissionRequest) -> String {
    switch kind {
    case .server: return ""
    case .namespace: return request.namespace
    case .user: return request.user.name
    case .sourceAndObject:
      let event = request.object
      let source = event?["source"] ?? event?["deprecatedSource"]
      let object = event?["involvedObject"] ?? event?["regarding"]
      return
        ([source?.text("component"), source?.text("host")]
        + ["kind", "namespace", "name", "uid", "apiVersion"].map { object?.text($0) }).map { $0 ?? "" }
        .joined()
    }
  }
}
