import Synchronization
import Values

/// The named checks behind `/healthz`, `/livez` and `/readyz`
/// (Kubernetes documentation, "Kubernetes API health endpoints").
public final class HealthChecks: Sendable {
  /// Where a check counts.
  public enum Endpoint: String, Sendable, CaseIterable {
    case healthz, livez, readyz
  }

  private struct Check: Sendable {
    var name: String
    var endpoints: Set<Endpoint>
    /// Nil where all is well, else why not.
    var failure: @Sendable () -> String?
  }

  private let checks = Mutex<[Check]>([])
  private let pendingHooks = Mutex<Set<String>>([])

  public init() {}

  /// Adds a check; checks are listed in the order in which they were added.
  /// - Parameter failure: nil where all is well, else why not.
  public func add(
    _ name: String, to endpoints: Set<Endpoint> = Set(Endpoint.allCases),
    failure: @escaping @Sendable () -> String?
  ) {
    checks.withLock { $0.append(Check(name: name, endpoints: endpoints, failure: failure)) }
  }

  /// Adds a check `poststarthook/NAME` that fails until ``finish(hook:)`` is called.
  public func add(hook name: String) {
    pendingHooks.withLock { _ = $0.insert(name) }
    add("poststarthook/\(name)") { [weak self] in
      guard let self, self.pendingHooks.withLock({ $0.contains(name) }) else { return nil }
      return "not finished"
    }
  }

  public func finish(hook name: String) { pendingHooks.withLock { _ = $0.remove(name) } }

  /// The names of an endpoint's checks.
  public func names(_ endpoint: Endpoint) -> [String] {
    checks.withLock { $0 }.filter { $0.endpoints.contains(endpoint) }.map(\.name)
  }

  /// What one check says; the outer nil stands for a check that is not there.
  func failure(of name: String, _ endpoint: Endpoint) -> String?? {
    checks.withLock { $0 }.first { $0.name == name && $0.endpoints.contains(endpoint) }.map { $0.failure() }
  }

  struct Report {
    var isHealthy: Bool
    var text: String
  }

  /// Runs an endpoint's checks but the excluded ones.
  func report(_ endpoint: Endpoint, excluding excluded: Set<String>) -> Report {
    var text = ""
    var isHealthy = true
    var unknown = excluded
    for check in checks.withLock({ $0 }) where check.endpoints.contains(endpoint) {
      if unknown.remove(check.name) != nil {
        text += "[+]\(check.name) excluded: ok\n"
      } else if check.failure() != nil {
        isHealthy = false
        // The reason is for the log; who may read a health endpoint need not know it.
        text += "[-]\(check.name) failed: reason withheld\n"
      } else {
        text += "[+]\(check.name) ok\n"
      }
    }
    if !unknown.isEmpty {
      let names = unknown.sorted().map(GoText.quoted).joined(separator: ",")
      text += "warn: some health checks cannot be excluded: no matches for \(names)\n"
    }
    text += isHealthy ? "\(endpoint.rawValue) check passed\n" : "\(endpoint.rawValue) check failed\n"
    return Report(isHealthy: isHealthy, text: text)
  }
}
