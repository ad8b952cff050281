import Synchronization

/// The parts of a request whose time is kept, in the order in which they are told
/// (k8s.io/apiserver/pkg/endpoints/request, latency trackers).
public enum LatencyPart: Int, CaseIterable, Sendable {
  case authentication, impersonation, authorization, mutatingWebhook, validatingWebhook, etcd, transform,
    serialize, queueWait

  /// As audit annotations name it, after `apiserver.latency.k8s.io/`.
  public var name: String {
    switch self {
    case .authentication: "authentication"
    case .impersonation: "impersonation"
    case .authorization: "authorization"
    case .mutatingWebhook: "mutating-webhook"
    case .validatingWebhook: "validating-webhook"
    case .etcd: "etcd"
    case .transform: "transform-response-object"
    case .serialize: "serialize-response-object"
    case .queueWait: "apf-queue-wait"
    }
  }

  /// Of parts that run side by side the longest counts, not the sum.
  var isLongest: Bool { self == .validatingWebhook || self == .queueWait }
}

/// How long the parts of one request took.
public final class RequestLatency: Sendable {
  /// In nanoseconds, by part.
  private let times = Mutex(SIMD16<Int64>())

  public init() {}

  /// Adds a time, or keeps the longest.
  public func add(_ time: Duration, to part: LatencyPart) {
    let (seconds, attoseconds) = time.components
    let nanoseconds = seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    times.withLock { times in
      let index = part.rawValue
      times[index] = part.isLongest ? max(times[index], nanoseconds) : times[index] &+ nanoseconds
    }
  }

  /// How long a part took; zero where there was none.
  public func time(of part: LatencyPart) -> Duration {
    .nanoseconds(times.withLock { $0[part.rawValue] })
  }

  /// The parts that there were, in order.
  public var parts: [(part: LatencyPart, time: Duration)] {
    let times = times.withLock { $0 }
    return LatencyPart.allCases.compactMap { part in
      times[part.rawValue] > 0 ? (part, .nanoseconds(times[part.rawValue])) : nil
    }
  }

  /// What others took, which is not the server's own time: webhooks and queues.
  public var elsewhere: Duration {
    time(of: .mutatingWebhook) + time(of: .validatingWebhook) + time(of: .queueWait)
  }
}
