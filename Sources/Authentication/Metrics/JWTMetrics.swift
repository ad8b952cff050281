import Metrics
import Synchronization
import Values

/// How long the tokens of each issuer take, when its keys were fetched, and when the file that names the issuers
/// was read again (k8s.io/apiserver plugin/pkg/authenticator/token/oidc and
/// pkg/server/options/authenticationconfig/metrics).
final class JWTMetrics: Metric {
  let name = "apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds"

  /// What tells the series about results apart.
  private struct Key: Hashable, Comparable {
    var result: String
    var issuer: String

    static func < (a: Key, b: Key) -> Bool { (a.result, a.issuer) < (b.result, b.issuer) }
  }

  private struct State {
    var latencies: [Key: Distribution] = [:]
    /// When keys were fetched last, in seconds since 1970.
    var fetches: [Key: Double] = [:]
    /// The digest of an issuer's keys, by that of its address.
    var keySets: [String: String] = [:]
    /// How often the file was read again, and when last, by the result.
    var reloads: [String: (count: Int, last: Double)] = [:]
    var configuration: String?
  }

  private static let bounds: [Double] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private let state = Mutex(State())
  private let serverHash: String

  init(serverID: String) { serverHash = AuthenticationMetrics.hash(Array(serverID.utf8)) }

  /// A token of an issuer was recognised or refused.
  /// - Parameter issuerHash: of the issuer's address.
  func didAuthenticate(_ issuerHash: String, isSuccess: Bool, _ elapsed: Duration) {
    let key = Key(result: Self.result(isSuccess), issuer: issuerHash)
    state.withLock {
      $0.latencies[key, default: Distribution(bounds: Self.bounds)]
        .observe(elapsed.inSeconds, bounds: Self.bounds)
    }
  }

  /// The keys of an issuer were fetched.
  /// - Parameter keySet: the document; nil where it could not be had.
  func didFetchKeys(_ issuerHash: String, _ keySet: [UInt8]?, at now: Timestamp = .now) {
    let hash = keySet.map(AuthenticationMetrics.hash)
    state.withLock { state in
      state.fetches[Key(result: Self.result(keySet != nil), issuer: issuerHash)] = Self.seconds(now)
      if let hash { state.keySets[issuerHash] = hash }
    }
  }

  /// An issuer is no longer believed: its keys are not shown any more.
  func forget(_ issuerHash: String) { state.withLock { $0.keySets[issuerHash] = nil } }

  /// The file is used as it is now.
  func didRead(_ configuration: [UInt8]) {
    let hash = AuthenticationMetrics.hash(configuration)
    state.withLock { $0.configuration = hash }
  }

  /// The file had changed, and was read again.
  func didReload(isSuccess: Bool, at now: Timestamp = .now) {
    state.withLock { state in
      let count = state.reloads[Self.result(isSuccess)]?.count ?? 0
      state.reloads[Self.result(isSuccess)] = (count + 1, Self.seconds(now))
    }
  }

  private static func result(_ isSuccess: Bool) -> String { isSuccess ? "success" : "failure" }

  private static func seconds(_ time: Timestamp) -> Double {
    Double(time.seconds) + Double(time.nanoseconds) / 1e9
  }

  // MARK: - Text

  func write(to out: inout Exposition) {
    let state = state.withLock { $0 }
    writeConfiguration(state, &out)
    let prefix = "apiserver_authentication_jwt_authenticator_"
    let info = prefix + "jwks_fetch_last_key_set_info"
    out.family(
      info,
      "Information about the last JWKS fetched by the JWT authenticator with hash as label, split by api server "
        + "identity and jwt issuer.", .gauge)
    for (issuer, hash) in state.keySets.sorted(by: { $0.key < $1.key }) {
      out.sample(info, ["jwt_issuer_hash", "apiserver_id_hash", "hash"], [issuer, serverHash, hash], 1)
    }
    let fetch = prefix + "jwks_fetch_last_timestamp_seconds"
    out.family(
      fetch,
      "Timestamp of the last successful or failed JWKS fetch split by result, api server identity and jwt issuer "
        + "for the JWT authenticator.", .gauge)
    for (key, time) in state.fetches.sorted(by: { $0.key < $1.key }) {
      out.sample(
        fetch, ["result", "jwt_issuer_hash", "apiserver_id_hash"], [key.result, key.issuer, serverHash], time)
    }
    let latency = prefix + "latency_seconds"
    out.family(
      latency,
      "Latency of jwt authentication operations in seconds. This is the time spent authenticating a token for "
        + "cache miss only (i.e. when the token is not found in the cache).", .histogram)
    for (key, one) in state.latencies.sorted(by: { $0.key < $1.key }) {
      one.write(
        to: &out, latency, bounds: Self.bounds, labels: ["result", "jwt_issuer_hash"],
        values: [key.result, key.issuer])
    }
  }

  private func writeConfiguration(_ state: State, _ out: inout Exposition) {
    let prefix = "apiserver_authentication_config_controller_"
    let reloads = state.reloads.sorted { $0.key < $1.key }
    let labels = ["status", "apiserver_id_hash"]
    out.family(
      prefix + "automatic_reload_last_timestamp_seconds",
      "Timestamp of the last automatic reload of authentication configuration split by status and apiserver "
        + "identity.", .gauge)
    for (status, one) in reloads {
      out.sample(prefix + "automatic_reload_last_timestamp_seconds", labels, [status, serverHash], one.last)
    }
    out.family(
      prefix + "automatic_reloads_total",
      "Total number of automatic reloads of authentication configuration split by status and apiserver identity.",
      .counter)
    for (status, one) in reloads {
      out.sample(prefix + "automatic_reloads_total", labels, [status, serverHash], Double(one.count))
    }
    out.family(
      prefix + "last_config_info",
      "Information about the last applied authentication configuration with hash as label, split by apiserver "
        + "identity.", .gauge)
    if let hash = state.configuration {
      out.sample(prefix + "last_config_info", ["apiserver_id_hash", "hash"], [serverHash, hash], 1)
    }
  }
}
