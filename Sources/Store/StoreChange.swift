import Schema

/// One committed write.
public struct StoreChange: Sendable {
  public enum Kind: Sendable, Hashable { case added, modified, deleted }

  public let resource: GroupResource
  public let kind: Kind
  /// The object after the write; of a deletion its last content, with the deletion's revision.
  public let object: StoredObject
  /// The object before the write; nil for an addition.
  public let previous: StoredObject?

  public var revision: UInt64 { object.revision }
}

/// A handler's registration with ``ObjectStore/observe(_:replay:_:)``. It ends when it is cancelled or
/// dropped.
public final class Observation: Sendable {
  private let observers: ObserverList
  private let id: UInt64

  init(observers: ObserverList, id: UInt64) {
    self.observers = observers
    self.id = id
  }

  deinit { cancel() }

  /// Ends the observation. A call of the handler that another thread has begun may still be going on.
  public func cancel() { observers.remove(id) }
}
