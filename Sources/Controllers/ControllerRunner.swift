import Logging
import Store

/// Runs control loops until it is cancelled.
public struct ControllerRunner: Sendable {
  private let store: ObjectStore
  private let logger: Logger

  public init(store: ObjectStore, logger: Logger) {
    self.store = store
    self.logger = logger
  }

  /// Runs one loop: every change of the store that concerns it, and what it starts with.
  public func run<R: Reconciler>(_ reconciler: R) async {
    let queue = WorkQueue<R.Key>()
    reconciler.start { key, delay in queue.add(key, after: delay) }
    let observation = store.observe(nil) { change in
      for key in reconciler.keys(for: change) { queue.add(key) }
    }
    for key in reconciler.initialKeys() { queue.add(key) }
    await withTaskCancellationHandler {
      await work(reconciler, queue)
    } onCancel: {
      queue.close()
    }
    observation.cancel()
  }

  private func work<R: Reconciler>(_ reconciler: R, _ queue: WorkQueue<R.Key>) async {
    var failures: [R.Key: Int] = [:]
    while let key = await queue.next() {
      do {
        try await reconciler.reconcile(key)
        failures[key] = nil
      } catch {
        let count = min((failures[key] ?? 0) + 1, 10)
        failures[key] = count
        logger.debug("\(reconciler.name): will try again: \(error)")
        // From 20 ms, doubled with each failure, to 10 s.
        queue.add(key, after: .milliseconds(10 << count))
      }
    }
  }
}
