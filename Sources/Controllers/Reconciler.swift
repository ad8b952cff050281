import Store

/// Has a key looked at when the delay is over, whatever happens meanwhile.
public typealias Schedule<Key> = @Sendable (_ key: Key, _ after: Duration) -> Void

/// A control loop: it looks at what one key stands for and brings it to what it should be
/// (Kubernetes documentation, "Controllers").
public protocol Reconciler: Sendable {
  associatedtype Key: Hashable & Sendable

  /// For logs and traces: `namespace-controller`.
  var name: String { get }

  /// Called once, before all else. Loops for which changes of the store are not the only reason to look at
  /// something keep what they are given.
  func start(_ schedule: @escaping Schedule<Key>)

  /// What has to be looked at after a change. Called in the commit of the change: it must be quick and may
  /// not write.
  func keys(for change: StoreChange) -> [Key]

  /// What has to be looked at when the loop starts.
  func initialKeys() -> [Key]

  /// Brings one thing to what it should be. What it throws is tried again later.
  func reconcile(_ key: Key) async throws
}

extension Reconciler {
  public func start(_ schedule: @escaping Schedule<Key>) {}
}
