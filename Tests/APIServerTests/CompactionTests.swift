import Schema
import Store
import Testing
import Values

@testable import Drydock

/// The store lets go of the past even when nobody writes.
@Suite struct CompactionTests {
  @Test("old states go after their time, and the task ends when it is cancelled")
  func compacts() async throws {
    var options = StoreOptions()
    options.snapshotAge = .zero
    let store = ObjectStore(options: options)
    let resource = GroupResource(group: "", resource: "configmaps")
    let key = ObjectKey(namespace: "default", name: "a")
    let first = try store.create(resource, key, ["metadata": ["name": "a"]])
    _ = try store.update(resource, key, ifRevision: nil, ["metadata": ["name": "a"], "data": ["x": "1"]])
    let task = Task { await Compaction.run(store, every: .milliseconds(1)) }
    var isGone = false
    for _ in 0..<2000 where !isGone {
      isGone = (try? store.list(resource, at: first.revision)) == nil
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(isGone)
    task.cancel()
    await task.value
  }
}
