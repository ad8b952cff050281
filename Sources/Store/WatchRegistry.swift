import Schema
import Synchronization

/// The watchers of every resource.
final class WatchRegistry: Sendable {
  private let queues = Mutex<[GroupResource: [WatchQueue]]>([:])

  func add(_ queue: WatchQueue) {
    queues.withLock { $0[queue.resource, default: []].append(queue) }
  }

  func remove(_ queue: WatchQueue) {
    // The last reference goes after the lock.
    let removed = queues.withLock { queues -> WatchQueue? in
      guard let at = queues[queue.resource]?.firstIndex(where: { $0 === queue }) else { return nil }
      let removed = queues[queue.resource]?.remove(at: at)
      if queues[queue.resource]?.isEmpty == true { queues[queue.resource] = nil }
      return removed
    }
    withExtendedLifetime(removed) {}
  }

  func removeAll(_ resource: GroupResource) -> [WatchQueue] {
    queues.withLock { $0.removeValue(forKey: resource) ?? [] }
  }

  func watchers(of resource: GroupResource) -> [WatchQueue] {
    queues.withLock { $0[resource] ?? [] }
  }

  func counts() -> [GroupResource: Int] { queues.withLock { $0.mapValues(\.count) } }
}
