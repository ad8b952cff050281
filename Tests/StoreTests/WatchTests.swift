import Schema
import Testing
import Values

import Store

@Suite(.timeLimit(.minutes(1))) struct WatchTests {
  let store = ObjectStore()

  @discardableResult
  private func put(_ name: String, in namespace: String = "n", on: String = "1", note: String = "") throws
    -> StoredObject
  {
    if store.get(pods, key(namespace, name)) == nil {
      return try store.create(pods, key(namespace, name), pod(name, on: on, note: note))
    }
    return try store.update(pods, key(namespace, name), ifRevision: nil, pod(name, on: on, note: note))
  }

  // MARK: - Where it begins

  @Test func fromNowTellsWhatComes() async throws {
    try put("a")
    let watch = try store.watch(pods, from: .now)
    try put("b")
    try put("b", note: "x")
    _ = try store.delete(pods, key("n", "b"))
    #expect(lines(await drain(watch)) == ["ADDED b@3", "MODIFIED b@4", "DELETED b@5"])
  }

  @Test func fromARevisionTellsWhatCameAfterIt() async throws {
    try put("a")
    try put("b")
    let watch = try store.watch(pods, from: .revision(2))
    try put("c")
    #expect(lines(await drain(watch)) == ["ADDED b@3", "ADDED c@4"])
  }

  @Test func fromTheBeginningTellsWhatIsThere() async throws {
    try put("b")
    try put("a")
    let plain = try store.watch(pods, from: .initial(endMarker: false))
    let marked = try store.watch(pods, from: .initial(endMarker: true))
    try put("c")
    _ = try store.delete(pods, key("n", "a"))
    #expect(lines(await drain(plain)) == ["ADDED a@3", "ADDED b@2", "ADDED c@4", "DELETED a@5"])
    let events = await drain(marked)
    #expect(lines(events) == ["ADDED a@3", "ADDED b@2", "BOOKMARK @3", "ADDED c@4", "DELETED a@5"])
    #expect(events.map(\.isInitialEventsEnd) == [false, false, true, false, false])
  }

  @Test func theFutureIsWaitedFor() async throws {
    let start = store.revision
    let watch = try store.watch(pods, from: .revision(start + 2))
    for name in ["a", "b", "c"] { try put(name) }
    #expect(lines(await drain(watch)) == ["ADDED c@\(start + 3)"])
  }

  @Test func whatIsForgottenIsRefused() async throws {
    var options = StoreOptions()
    options.eventCount = 2
    let store = ObjectStore(options: options)
    for name in ["a", "b", "c", "d"] { _ = try store.create(pods, key("n", name), pod(name)) }
    #expect(lines(await drain(try store.watch(pods, from: .revision(3)))) == ["ADDED c@4", "ADDED d@5"])
    let error = #expect(throws: StoreError.self) { try store.watch(pods, from: .revision(2)) }
    guard case .expired(requested: 2, oldest: 3) = error else { return #expect(Bool(false)) }
  }

  // MARK: - What it tells

  @Test func aSelectorSeesObjectsComeAndGo() async throws {
    let watch = try store.watch(pods, from: .now, matches: isOn)
    try put("a", note: "1")  // 2
    try put("b", on: "0")  // 3
    try put("a", note: "2")  // 4
    try put("a", on: "0", note: "3")  // 5
    try put("b")  // 6
    try put("a", on: "0", note: "4")  // 7
    _ = try store.delete(pods, key("n", "b"))  // 8
    _ = try store.delete(pods, key("n", "a"))  // 9
    let events = await drain(watch)
    #expect(lines(events) == ["ADDED a@2", "MODIFIED a@4", "DELETED a@5", "ADDED b@6", "DELETED b@8"])
    // The content is the last that matched, the version that of the change.
    let gone = try #require(events[2].object)
    #expect(note(gone) == "2")
    #expect(isOn(gone))
    #expect(gone.value[path: "metadata", "resourceVersion"] == "5")
    #expect(gone.bytes == JSON.encode(gone.value))
  }

  @Test func namespaceAndNameNarrowIt() async throws {
    try put("a")
    try put("a", in: "m")
    try put("b")
    let starts: [WatchStart] = [.initial(endMarker: false), .revision(1)]
    for start in starts {
      #expect(
        lines(await drain(try store.watch(pods, namespace: "n", from: start))) == ["ADDED a@2", "ADDED b@4"])
      #expect(
        lines(await drain(try store.watch(pods, name: "a", from: start))).sorted() == [
          "ADDED a@2", "ADDED a@3",
        ])
      #expect(
        lines(await drain(try store.watch(pods, namespace: "n", name: "a", from: start))) == ["ADDED a@2"])
    }
    let watch = try store.watch(pods, namespace: "m", name: "a", from: .now)
    try put("a", note: "x")
    try put("b", in: "m")
    try put("a", in: "m", note: "x")
    _ = try store.create(widgets, key("m", "a"), pod("a"))
    #expect(lines(await drain(watch)) == ["MODIFIED a@7"])
  }

  @Test func aFrameIsTheLineOfTheAnswer() async throws {
    let first = try store.watch(pods, from: .now)
    let second = try store.watch(pods, from: .now)
    let object = try put("a")
    let one = try #require(await drain(first).first?.frame)
    let expected = #"{"type":"ADDED","object":"# + String(decoding: object.bytes, as: UTF8.self) + "}\n"
    #expect(String(decoding: one, as: UTF8.self) == expected)
    let other = try #require(await drain(second).first?.frame)
    // Both watchers have the same array, not equal ones.
    #expect(one.withUnsafeBufferPointer(\.baseAddress) == other.withUnsafeBufferPointer(\.baseAddress))
    let initial = await drain(try store.watch(pods, from: .initial(endMarker: false)))
    #expect(initial.first?.frame == one)
  }

  @Test func aBookmarkStandsBehindWhatItTells() async throws {
    let watch = try store.watch(pods, from: .now)
    try put("a")
    watch.requestBookmark()
    try put("b")
    var events: [WatchEvent] = []
    for await event in watch {
      events.append(event)
      if events.count == 3 { break }
    }
    #expect(lines(events) == ["ADDED a@2", "BOOKMARK @2", "ADDED b@3"])
    #expect(events[1].frame == nil)
  }

  // MARK: - How it ends

  @Test func aSlowWatcherIsEnded() async throws {
    var options = StoreOptions()
    options.watchBuffer = 3
    let store = ObjectStore(options: options)
    let watch = try store.watch(pods, from: .now)
    let other = try store.watch(pods, name: "a", from: .now)
    for name in ["a", "b", "c", "d", "e"] { _ = try store.create(pods, key("n", name), pod(name)) }
    #expect(store.watchCounts() == [pods: 1])
    var events: [WatchEvent] = []
    for await event in watch { events.append(event) }
    #expect(events.map(\.type) == [.added, .added, .added, .error])
    guard case .slowWatcher = events.last?.error else { return #expect(Bool(false)) }
    #expect(lines(await drain(other)) == ["ADDED a@2"])
  }

  @Test func cancellingTheTaskEndsIt() async throws {
    let watch = try store.watch(pods, from: .now)
    #expect(store.watchCounts() == [pods: 1])
    let task = Task { () -> Int in
      var count = 0
      for await _ in watch { count += 1 }
      return count
    }
    try put("a")
    task.cancel()
    #expect(await task.value <= 1)
    #expect(store.watchCounts() == [:])
  }

  @Test func aWaitingTaskIsCancelledToo() async throws {
    for _ in 0..<200 {
      let watch = try store.watch(pods, from: .now)
      let task = Task { for await _ in watch {} }
      await Task.yield()
      task.cancel()
      await task.value
    }
    #expect(store.watchCounts() == [:])
  }

  @Test func cancellingOrDroppingTheWatchEndsIt() async throws {
    let watch = try store.watch(pods, from: .initial(endMarker: true))
    let task = Task { for await _ in watch {} }
    watch.cancel()
    await task.value
    #expect(store.watchCounts() == [:])
    var dropped: Watch? = try store.watch(pods, from: .now)
    #expect(store.watchCounts() == [pods: 1])
    #expect(dropped != nil)
    dropped = nil
    #expect(store.watchCounts() == [:])
  }
}
