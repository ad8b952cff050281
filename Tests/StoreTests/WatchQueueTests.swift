import Testing

@testable import Store

/// The hand-over between a writer and a waiting watcher, in every order in which it can happen. Where a
/// wake-up were lost, a test would not end.
@Suite(.timeLimit(.minutes(1))) struct WatchQueueTests {
  let queue = WatchQueue(pods, namespace: nil, name: nil, limit: 1, WatchQueue.Beginning())

  private var bookmark: UInt64? { if case .bookmark(let revision) = queue.take() { revision } else { nil } }

  @Test func anItemThatCameJustBeforeTheWaitEndsIt() async {
    #expect(bookmark == nil)
    #expect(queue.append(.bookmark(7))?.isEmpty == true)
    await queue.wait {}
    #expect(bookmark == 7)
  }

  @Test func anItemThatComesDuringTheWaitEndsIt() async {
    let queue = queue
    let waiting = Task { await queue.wait {} }
    var waiters: [WatchQueue.Waiter] = []
    // Items that come before the other task waits are taken out again.
    while waiters.isEmpty {
      await Task.yield()
      waiters = queue.append(.bookmark(7)) ?? []
      if waiters.isEmpty { _ = queue.take() }
    }
    for waiter in waiters { waiter.resume() }
    await waiting.value
    #expect(bookmark == 7)
  }

  @Test func theEndEndsTheWaitBeforeAndDuringIt() async {
    let waiting = Task { await queue.wait {} }
    await Task.yield()
    queue.finish()
    await waiting.value
    await queue.wait {}
    guard case .end(nil) = queue.take() else { return #expect(Bool(false)) }
  }

  @Test func cancellingEndsTheWaitBeforeAndDuringIt() async {
    let queue = queue
    let waiting = Task { await queue.wait { queue.cancel() } }
    await Task.yield()
    waiting.cancel()
    await waiting.value
    await queue.wait {}
    #expect(queue.append(.bookmark(7)) == nil)
    guard case .end(nil) = queue.take() else { return #expect(Bool(false)) }
  }

  @Test func twoWatchersThatAnswerEachOtherNeverStop() async throws {
    let store = ObjectStore()
    let rounds = 5_000
    let ping = try store.watch(pods, from: .now)
    let pong = try store.watch(widgets, from: .now)
    let answering = Task {
      for await event in ping {
        _ = try store.create(widgets, key("n", "\(event.revision)"), [:])
      }
    }
    _ = try store.create(pods, key("n", "first"), [:])
    var received = 0
    for await event in pong {
      received += 1
      if received == rounds { break }
      _ = try store.create(pods, key("n", "\(event.revision)"), [:])
    }
    #expect(received == rounds)
    answering.cancel()
    try await answering.value
  }
}
