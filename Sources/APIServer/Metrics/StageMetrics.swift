import Metrics
import Synchronization
import Tracing

/// The stages of the chain that are timed (`apiserver_request_filter_duration_seconds`).
enum ChainStage: Int, CaseIterable {
  case authentication, audit, impersonation, authorization

  var name: String {
    switch self {
    case .authentication: "authentication"
    case .audit: "audit"
    case .impersonation: "impersonation"
    case .authorization: "authorization"
    }
  }
}

/// How long the stages take, and what those that decide decided.
final class StageMetrics: Metric {
  let name = "apiserver_request_filter_duration_seconds"

  enum Authentication: Int, CaseIterable {
    case success, failure, error

    var name: String { ["success", "failure", "error"][rawValue] }
  }

  enum Authorization: Int, CaseIterable {
    case allowed, denied, noOpinion, error

    var name: String { ["allowed", "denied", "no-opinion", "error"][rawValue] }
  }

  private struct State {
    var stages = ChainStage.allCases.map { _ in Distribution(bounds: StageMetrics.stageBounds) }
    var authentication = Authentication.allCases.map { _ in
      Distribution(bounds: StageMetrics.decisionBounds)
    }
    var authorization = Authorization.allCases.map { _ in Distribution(bounds: StageMetrics.decisionBounds) }
    var users: [String: Double] = [:]
  }

  private static let stageBounds: [Double] = [
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30,
  ]
  private static let decisionBounds = Distribution.exponentialBounds(from: 0.001, factor: 2, count: 15)

  private let state = Mutex(State())

  func record(_ stage: ChainStage, _ elapsed: Duration) {
    state.withLock { $0.stages[stage.rawValue].observe(elapsed.inSeconds, bounds: Self.stageBounds) }
  }

  /// - Parameter user: who was recognised.
  func record(_ outcome: Authentication, _ elapsed: Duration, user: String?) {
    state.withLock { state in
      state.authentication[outcome.rawValue].observe(elapsed.inSeconds, bounds: Self.decisionBounds)
      if let user { state.users[Self.label(user), default: 0] += 1 }
    }
  }

  func record(_ outcome: Authorization, _ elapsed: Duration) {
    state.withLock {
      $0.authorization[outcome.rawValue].observe(elapsed.inSeconds, bounds: Self.decisionBounds)
    }
  }

  private static let shownUsers: Set = [
    "admin", "client", "kube_proxy", "kubelet", "system:serviceaccount:kube-system:default",
  ]

  /// A user as a label: of most only that there was one.
  private static func label(_ user: String) -> String {
    if shownUsers.contains(user) { return user }
    return user.utf8.contains(0x40) ? "email_id" : "other"
  }

  func write(to out: inout Exposition) {
    let state = state.withLock { $0 }
    out.family(
      "apiserver_request_filter_duration_seconds",
      "Request filter latency distribution in seconds, for each filter type", .histogram)
    for (stage, one) in zip(ChainStage.allCases, state.stages) where one.count > 0 {
      one.write(
        to: &out, "apiserver_request_filter_duration_seconds", bounds: Self.stageBounds, labels: ["filter"],
        values: [stage.name])
    }
    let authentication = zip(Authentication.allCases.map(\.name), state.authentication)
      .filter { $0.1.count > 0 }
    counts(
      "authentication_attempts", "Counter of authenticated attempts.", .counter, authentication, &out)
    // The name that dashboards made before 1.36's have.
    counts(
      "apiserver_authentication_attempts", "The same as authentication_attempts.", .untyped, authentication,
      &out)
    durations(
      "authentication_duration_seconds", "Authentication duration in seconds broken out by result.",
      authentication, &out)
    out.family(
      "authenticated_user_requests", "Counter of authenticated requests broken out by username.", .counter)
    for (user, count) in state.users.sorted(by: { $0.key < $1.key }) {
      out.sample("authenticated_user_requests", ["username"], [user], count)
    }
    let authorization = zip(Authorization.allCases.map(\.name), state.authorization).filter { $0.1.count > 0 }
    counts(
      "authorization_attempts_total", "Counter of authorization attempts broken down by result.", .counter,
      authorization, &out)
    durations(
      "authorization_duration_seconds", "Authorization duration in seconds broken out by result.",
      authorization, &out)
  }

  private func counts(
    _ name: String, _ help: String, _ type: MetricType, _ results: [(String, Distribution)],
    _ out: inout Exposition
  ) {
    out.family(name, help, type)
    for (result, one) in results { out.sample(name, ["result"], [result], Double(one.count)) }
  }

  private func durations(
    _ name: String, _ help: String, _ results: [(String, Distribution)], _ out: inout Exposition
  ) {
    out.family(name, help, .histogram)
    for (result, one) in results {
      one.write(to: &out, name, bounds: Self.decisionBounds, labels: ["result"], values: [result])
    }
  }
}

/// Takes the times of the chain's stages one after the other.
struct StageClock {
  private let metrics: ServerMetrics
  private let trace: RequestTrace
  private var last = ContinuousClock.now

  init(_ metrics: ServerMetrics, _ trace: RequestTrace) {
    self.metrics = metrics
    self.trace = trace
  }

  mutating func lap(_ stage: ChainStage) {
    let now = ContinuousClock.now
    let elapsed = last.duration(to: now)
    metrics.stages.record(stage, elapsed)
    switch stage {
    case .authentication:
      trace.latency.add(elapsed, to: .authentication)
      trace.add(stage.name, lasting: elapsed)
    case .audit: trace.add(stage.name, lasting: elapsed)
    // These are spans of their own, as webhooks may be asked in them.
    case .impersonation, .authorization: break
    }
    last = now
  }
}
