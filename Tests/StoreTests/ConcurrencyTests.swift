import Schema
import Synchronization
import Testing
import Values

import Store

@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
  private static let writers = 8
  private static let turns = 200

  /// One writer's work: each turn a new pod, changed once, and every other one deleted.
  private func write(_ store: ObjectStore, _ writer: Int) async throws {
    for turn in 0..<Self.turns {
      let place = key("n\(writer % 3)", "w\(writer)-\(turn)")
      let made = try store.create(pods, place, pod(place.name))
      _ = try store.update(pods, place, ifRevision: made.revision, pod(place.name, note: "x"))
      if turn % 2 == 0 { _ = try store.delete(pods, place) }
      if turn % 16 == 0 { await Task.yield() }
    }
  }

  private static let changes = writers * turns * 5 / 2

  @Test func watchersSeeEveryEventOnceAndInOrder() async throws {
    var options = StoreOptions()
    options.watchBuffer = Self.changes
    let store = ObjectStore(options: options)
    let readers = try (0..<6).map { index in
      let watch = try store.watch(pods, from: index % 2 == 0 ? .now : .initial(endMarker: false))
      return Task { () -> [UInt64] in
        var revisions: [UInt64] = []
        for await event in watch {
          revisions.append(event.revision)
          if revisions.count == Self.changes { break }
        }
        return revisions
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<Self.writers { group.addTask { try await write(store, writer) } }
      try await group.waitForAll()
    }
    #expect(store.revision == UInt64(Self.changes) + 1)
    for reader in readers {
      #expect(await reader.value == Array(2...UInt64(Self.changes) + 1))
    }
    #expect(store.list(pods).count == Self.writers * Self.turns / 2)
  }

  /// What a client does that keeps a copy: it lists, watches from there, and compares with the state at
  /// the revision that it has reached; again and again until all is written.
  private func follow(_ store: ObjectStore) async throws {
    var isLast = false
    while !isLast {
      isLast = store.revision > Self.changes
      let list = store.list(pods, namespace: "n1")
      var known = Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0.revision) })
      let watch = try store.watch(pods, namespace: "n1", from: .revision(list.revision))
      await Task.yield()
      watch.requestBookmark()
      var reached: UInt64 = 0
      for await event in watch {
        reached = event.revision
        guard let object = event.object else { break }
        known[object.key] = event.type == .deleted ? nil : object.revision
      }
      let then = try store.list(pods, namespace: "n1", at: reached)
      #expect(known == Dictionary(uniqueKeysWithValues: then.map { ($0.key, $0.revision) }))
    }
  }

  @Test func listThenWatchMissesNothingWhileOthersWrite() async throws {
    var options = StoreOptions()
    options.watchBuffer = Self.changes
    options.snapshotCount = Self.changes
    let store = ObjectStore(options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<Self.writers { group.addTask { try await write(store, writer) } }
      for _ in 0..<4 { group.addTask { try await follow(store) } }
      try await group.waitForAll()
    }
    #expect(store.watchCounts() == [:])
  }

  @Test func compareAndSwapLosesNoUpdate() async throws {
    let store = ObjectStore()
    let place = key("n", "counter")
    _ = try store.create(pods, place, ["spec": ["n": 0]])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.writers {
        group.addTask {
          var added = 0
          while added < 100 {
            guard let current = store.get(pods, place), let n = current.value[path: "spec", "n"]?.int else {
              return
            }
            do throws(StoreError) {
              _ = try store.update(pods, place, ifRevision: current.revision, ["spec": ["n": .int(n + 1)]])
              added += 1
            } catch {
              guard case .conflict = error else { throw error }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(store.get(pods, place)?.value[path: "spec", "n"] == .int(Int64(Self.writers) * 100))
    #expect(store.revision == UInt64(Self.writers) * 100 + 2)
  }

  @Test func observersSeeCommitsInOrder() async throws {
    let store = ObjectStore()
    let seen = Mutex<[UInt64]>([])
    let observation = store.observe(nil) { change in seen.withLock { $0.append(change.revision) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<Self.writers { group.addTask { try await write(store, writer) } }
      try await group.waitForAll()
    }
    #expect(seen.withLock(\.self) == Array(2...UInt64(Self.changes) + 1))
    observation.cancel()
  }

  @Test func aSnapshotHoldsWhileOthersWrite() async throws {
    let store = ObjectStore()
    for index in 0..<2_000 { _ = try store.create(pods, key("n", "p\(index)"), pod("p\(index)")) }
    let list = store.list(pods)
    let before = list.map(\.revision)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 { group.addTask { try await write(store, writer) } }
      for _ in 0..<4 { group.addTask { for _ in 0..<10 { #expect(list.map(\.revision) == before) } } }
      try await group.waitForAll()
    }
    #expect(list.map(\.revision) == before)
  }
}
