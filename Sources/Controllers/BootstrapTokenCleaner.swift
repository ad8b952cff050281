import APIServer
import Authentication
import Schema
import Store
import Synchronization
import Values

/// Removes the Secrets of bootstrap tokens that have expired (Kubernetes documentation, "Authenticating with
/// Bootstrap Tokens", controller `tokencleaner`).
public final class BootstrapTokenCleaner: Reconciler {
  public let name = "token-cleaner-controller"
  private let client: LoopbackClient
  private let now: @Sendable () -> Timestamp
  private let schedule = Mutex<Schedule<String>?>(nil)

  public init(client: LoopbackClient, now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.client = client
    self.now = now
  }

  public func start(_ schedule: @escaping Schedule<String>) { self.schedule.withLock { $0 = schedule } }

  public func keys(for change: StoreChange) -> [String] {
    change.resource == .secrets && change.kind != .deleted && Self.isToken(change.object)
      ? [change.object.key.name] : []
  }

  public func initialKeys() -> [String] {
    client.store.list(.secrets, namespace: BootstrapToken.namespace).filter(Self.isToken).map(\.key.name)
  }

  private static func isToken(_ secret: StoredObject) -> Bool {
    secret.key.namespace == BootstrapToken.namespace && BootstrapToken(secret.value) != nil
  }

  public func reconcile(_ name: String) async throws {
    guard let secret = client.get(.secrets, namespace: BootstrapToken.namespace, name: name),
      let remaining = BootstrapToken(secret)?.remainingSeconds(at: now())
    else { return }
    guard remaining == 0 else {
      schedule.withLock { $0 }?(name, .seconds(remaining))
      return
    }
    try await tolerating(404) { () throws(StatusError) in
      try await client.delete(
        .secrets, namespace: BootstrapToken.namespace, name: name, uid: secret.uid)
    }
  }
}
