import Schema
import Testing
import Values

import Store

/// Many writers at random, and as many watchers, some of which begin late or stop and go on: what each watcher
/// knows in the end, put together from events alone, is what the store holds.
@Suite(.timeLimit(.minutes(2))) struct ReplayTests {
  private static let writers = 6
  private static let writes = 300

  @Test(arguments: [1, 2, 3] as [UInt64])
  func whatWatchersKnowIsWhatTheStoreHolds(seed: UInt64) async throws {
    var options = StoreOptions()
    options.watchBuffer = Self.writers * Self.writes * 2
    options.eventCount = Self.writers * Self.writes * 2
    options.historyBytes = 64 << 20
    let store = ObjectStore(options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<Self.writers {
        group.addTask { try await write(store, seed: seed &* 1000 &+ UInt64(writer)) }
      }
      for watcher in 0..<8 {
        group.addTask { try await watch(store, seed: seed &* 2000 &+ UInt64(watcher)) }
      }
      try await group.waitForAll()
    }
    #expect(store.watchCounts() == [:])
  }

  /// The last write of each writer makes an object named `end-…`.
  private func write(_ store: ObjectStore, seed: UInt64) async throws {
    var random = SeededGenerator(state: seed)
    for turn in 0..<Self.writes {
      let place = key(
        "n\(Int.random(in: 0..<3, using: &random))", "p\(Int.random(in: 0..<30, using: &random))")
      let value = pod(place.name, note: "\(seed)-\(turn)")
      do throws(StoreError) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: _ = try store.create(pods, place, value)
        case 1: _ = try store.delete(pods, place)
        default: _ = try store.update(pods, place, ifRevision: nil, value)
        }
      } catch {
        // What others did first.
      }
      if Int.random(in: 0..<8, using: &random) == 0 { await Task.yield() }
    }
    _ = try store.create(pods, key("n0", "end-\(seed)"), pod("end"))
  }

  private func watch(_ store: ObjectStore, seed: UInt64) async throws {
    var random = SeededGenerator(state: seed)
    for _ in 0..<Int.random(in: 0..<20, using: &random) { await Task.yield() }
    var known: [ObjectKey: UInt64] = [:]
    var start = WatchStart.initial(endMarker: true)
    var last: UInt64 = 0
    while true {
      let events = try store.watch(pods, from: start)
      // Some stop after a while, and go on from where they were.
      var left = Bool.random(using: &random) ? Int.max : Int.random(in: 1..<200, using: &random)
      for await event in events {
        #expect(event.type != .error)
        guard let object = event.object else {
          if event.isInitialEventsEnd { last = event.revision }
          if Self.isOver(known) { break }
          continue
        }
        // After the objects that were there, revisions only grow.
        if last > 0 {
          #expect(event.revision > last)
          last = event.revision
        }
        known[object.key] = event.type == .deleted ? nil : object.revision
        left -= 1
        if last > 0, left <= 0 || Self.isOver(known) { break }
      }
      events.cancel()
      if Self.isOver(known) { break }
      start = .revision(last)
    }
    let held = store.list(pods)
    #expect(known == Dictionary(uniqueKeysWithValues: held.map { ($0.key, $0.revision) }), "seed \(seed)")
  }

  private static func isOver(_ known: [ObjectKey: UInt64]) -> Bool {
    known.keys.filter { $0.name.hasPrefix("end-") }.count == writers
  }
}
