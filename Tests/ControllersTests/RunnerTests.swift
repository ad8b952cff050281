import Logging
import Schema
import Store
import Synchronization
import Testing
import Values

@testable import Controllers

struct RunnerTests {
  /// Fails as often as it is told to, and remembers what it was asked to look at.
  private final class Recorder: Reconciler {
    struct Failure: Error {}
    let name = "recorder"
    let failures: Mutex<Int>
    let seen = Mutex<[String]>([])

    init(failures: Int) { self.failures = Mutex(failures) }

    func keys(for change: StoreChange) -> [String] { [change.object.key.name] }
    func initialKeys() -> [String] { ["start"] }

    func reconcile(_ key: String) async throws {
      seen.withLock { $0.append(key) }
      let fails = failures.withLock { left in
        left -= 1
        return left >= 0
      }
      if fails { throw Failure() }
    }
  }

  @Test func whatFailsIsTriedAgain() async throws {
    let recorder = Recorder(failures: 2)
    let store = ObjectStore()
    let task = Task {
      await ControllerRunner(store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        .run(recorder)
    }
    for _ in 0..<1000 where recorder.seen.withLock({ $0.count }) < 3 {
      try await Task.sleep(for: .milliseconds(2))
    }
    #expect(recorder.seen.withLock { $0 } == ["start", "start", "start"])
    _ = try store.create(
      GroupResource(group: "", resource: "configmaps"), ObjectKey(namespace: "n", name: "a"),
      ["metadata": [:]])
    for _ in 0..<1000 where recorder.seen.withLock({ $0.count }) < 4 {
      try await Task.sleep(for: .milliseconds(2))
    }
    #expect(recorder.seen.withLock { $0.last } == "a")
    task.cancel()
    await task.value
  }

  @Test func aKeyWaitsOnce() async {
    let queue = WorkQueue<String>()
    for key in ["a", "b", "a"] { queue.add(key) }
    #expect(await queue.next() == "a")
    #expect(await queue.next() == "b")
    queue.add("a")
    #expect(await queue.next() == "a")
    queue.close()
    #expect(await queue.next() == nil)
  }

  @Test func theEarliestOfSeveralDelaysCounts() async {
    let queue = WorkQueue<String>()
    queue.add("a", after: .seconds(60))
    queue.add("a", after: .milliseconds(5))
    queue.add("a", after: .seconds(60))
    #expect(await queue.next() == "a")
    queue.add("b", after: .milliseconds(30))
    queue.add("c")
    #expect(await queue.next() == "c")
    #expect(await queue.next() == "b")
    queue.close()
  }
}
