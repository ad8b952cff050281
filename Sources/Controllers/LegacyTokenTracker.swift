import APIServer
import Schema
import Store
import Synchronization
import Values

/// Keeps account of the use of tokens from Secrets: the day on which each was last used, as a label of its
/// Secret, and in a config map since when that is done (KEP-2799).
public final class LegacyTokenTracker: Reconciler {
  public enum Key: Hashable, Sendable {
    case configMap
    /// A Secret whose token was used.
    case use(ObjectKey)
  }

  static let configMap = ObjectKey(
    namespace: "kube-system", name: "kube-apiserver-legacy-service-account-token-tracking")
  static let lastUsed = "kubernetes.io/legacy-token-last-used"

  public let name = "legacy-service-account-token-tracking-controller"
  private let client: LoopbackClient
  private let schedule = Mutex<Schedule<Key>?>(nil)

  public init(client: LoopbackClient) { self.client = client }

  public func start(_ schedule: @escaping Schedule<Key>) { self.schedule.withLock { $0 = schedule } }

  /// Takes note of a use; quick where the day is noted already.
  public func didUse(_ secret: ObjectKey) {
    guard let object = client.store.get(.secrets, secret), !Self.isNoted(object.value) else { return }
    schedule.withLock { $0 }?(.use(secret), .zero)
  }

  /// Another server's clock may be ahead of this one's by hours, so that tomorrow counts too.
  private static func isNoted(_ secret: Value) -> Bool {
    guard let day = secret["metadata"]?["labels"]?[lastUsed]?.string else { return false }
    let now = Timestamp.now
    return day == Self.day(now) || day == Self.day(now.adding(seconds: 24 * 3600))
  }

  /// `2006-01-02`, in UTC.
  private static func day(_ time: Timestamp) -> String { String(time.rfc3339.prefix(10)) }

  public func keys(for change: StoreChange) -> [Key] {
    guard change.resource == .configMaps, change.object.key == Self.configMap else { return [] }
    return [.configMap]
  }

  public func initialKeys() -> [Key] { [.configMap] }

  public func reconcile(_ key: Key) async throws {
    switch key {
    case .configMap: try await keepConfigMap()
    case .use(let secret):
      try await tolerating(404) { () throws(StatusError) in
        try await client.update(.secrets, namespace: secret.namespace, name: secret.name) { secret in
          guard !Self.isNoted(secret) else { return nil }
          var secret = secret
          secret.set(.string(Self.day(.now)), at: ["metadata", "labels", Self.lastUsed])
          return secret
        }
      }
    }
  }

  private func keepConfigMap() async throws {
    let key = Self.configMap
    guard let existing = client.get(.configMaps, namespace: key.namespace, name: key.name) else {
      guard client.isActive(namespace: key.namespace) else { return }
      return try await tolerating(409) { () throws(StatusError) in
        try await client.create(
          .configMaps, namespace: key.namespace,
          [
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)],
            "data": ["since": .string(Self.day(.now))],
          ])
      }
    }
    guard !Self.isDay(existing["data"]?["since"]?.string ?? "") else { return }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.configMaps, namespace: key.namespace, name: key.name) { object in
        guard !Self.isDay(object["data"]?["since"]?.string ?? "") else { return nil }
        var object = object
        object["data"] = ["since": .string(Self.day(.now))]
        return object
      }
    }
  }

  private static func isDay(_ text: String) -> Bool {
    text.utf8.count == 10 && Timestamp(rfc3339: text + "T00:00:00Z") != nil
  }
}
