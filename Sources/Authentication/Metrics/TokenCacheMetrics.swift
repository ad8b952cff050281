import Metrics
import Synchronization

/// How often tokens are found in the caches, and what becomes of the others
/// (k8s.io/apiserver/pkg/authentication/token/cache). Every request with a token is counted here, so that all of it
/// is under one lock.
final class TokenCacheMetrics: Metric {
  let name = "authentication_token_cache_active_fetch_count"

  private struct State {
    var hits = Distribution(bounds: TokenCacheMetrics.bounds)
    var misses = Distribution(bounds: TokenCacheMetrics.bounds)
    var fetched = 0
    var failed = 0
    var inFlight = 0
    var blocked = 0
  }

  private static let bounds: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private let state = Mutex(State())

  /// A token was answered.
  /// - Parameter isHit: from the cache.
  func didAnswer(isHit: Bool, _ elapsed: Duration) {
    let seconds = elapsed.inSeconds
    state.withLock { state in
      if isHit {
        state.hits.observe(seconds, bounds: Self.bounds)
      } else {
        state.misses.observe(seconds, bounds: Self.bounds)
      }
    }
  }

  /// Somebody begins (1) or ends (-1) to wait for what the authenticators say.
  func waiting(_ change: Int) { state.withLock { $0.blocked += change } }

  /// The authenticators are asked.
  func willFetch() { state.withLock { $0.inFlight += 1 } }

  /// The authenticators have answered.
  /// - Parameter isError: the credential is no good.
  func didFetch(isError: Bool) {
    state.withLock { state in
      state.inFlight -= 1
      if isError { state.failed += 1 } else { state.fetched += 1 }
    }
  }

  func write(to out: inout Exposition) {
    let state = state.withLock { $0 }
    let prefix = "authentication_token_cache_"
    func family(_ name: String, _ help: String, _ type: MetricType, _ values: [(String, Int)]) {
      out.family(prefix + name, help, type)
      for (status, value) in values { out.sample(prefix + name, ["status"], [status], Double(value)) }
    }
    family(
      "active_fetch_count", "Tokens that authenticators are being asked about.", .gauge,
      [("blocked", state.blocked), ("in_flight", state.inFlight)])
    family(
      "fetch_total", "Answers of authenticators about tokens that were not in the cache.", .counter,
      [("error", state.failed), ("ok", state.fetched)].filter { $0.1 > 0 })
    let requests = [("hit", state.hits), ("miss", state.misses)].filter { $0.1.count > 0 }
    let durations = prefix + "request_duration_seconds"
    out.family(durations, "How long it took to answer about a token.", .histogram)
    for (status, one) in requests {
      one.write(to: &out, durations, bounds: Self.bounds, labels: ["status"], values: [status])
    }
    family(
      "request_total", "Tokens that were asked about.", .counter, requests.map { ($0.0, Int($0.1.count)) })
  }
}
