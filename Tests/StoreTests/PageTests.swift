import Schema
import Synchronization
import Testing
import Values

import Store

@Suite struct PageTests {
  private func filled(_ names: [String], _ options: StoreOptions = StoreOptions()) throws -> ObjectStore {
    let store = ObjectStore(options: options)
    for name in names { _ = try store.create(pods, key("n", name), pod(name)) }
    return store
  }

  @Test func pagesTellOfOneRevision() throws {
    let store = try filled(["a", "b", "c", "d", "e"])
    let first = try store.page(pods, namespace: "n", limit: 2)
    #expect(first.objects.map(\.key.name) == ["a", "b"])
    #expect(first.remaining == 3)
    #expect(first.next == ContinueToken(revision: 6, start: "b\0"))
    _ = try store.delete(pods, key("n", "c"))
    _ = try store.create(pods, key("n", "bb"), pod("bb"))
    let second = try store.page(pods, namespace: "n", limit: 2, from: .token(try #require(first.next)))
    #expect(second.objects.map(\.key.name) == ["c", "d"])
    #expect(second.revision == first.revision)
    #expect(second.remaining == 1)
    let token = try #require(second.next)
    let last = try store.page(pods, namespace: "n", limit: 2, from: .token(token))
    #expect(last.objects.map(\.key.name) == ["e"])
    #expect(last.next == nil)
    #expect(last.remaining == nil)
    let now = try store.page(pods, namespace: "n", from: .token(try #require(first.next).inconsistent))
    #expect(now.objects.map(\.key.name) == ["bb", "d", "e"])
    #expect(now.revision == store.revision)
  }

  @Test func aSelectorFillsThePageAndHidesTheCount() throws {
    let store = ObjectStore()
    for (index, name) in ["a", "b", "c", "d"].enumerated() {
      _ = try store.create(pods, key("n", name), pod(name, on: "\(index % 2)"))
    }
    _ = try store.create(pods, key("n", "e"), pod("e", on: "0"))
    let page = try store.page(pods, limit: 2, matches: isOn)
    #expect(page.objects.map(\.key.name) == ["b", "d"])
    #expect(page.remaining == nil)
    // An object is behind, though none that matches.
    let rest = try store.page(pods, limit: 2, from: .token(try #require(page.next)), matches: isOn)
    #expect(rest.objects.isEmpty)
    #expect(rest.next == nil)
  }

  @Test(arguments: [0, -1, 3, 4]) func theWholeListIsOnePage(limit: Int) throws {
    let page = try filled(["a", "b", "c"]).page(pods, limit: limit)
    #expect(page.objects.count == 3)
    #expect(page.next == nil)
  }

  @Test func aListOverNamespacesGoesOnInTheNextOne() throws {
    let store = ObjectStore()
    for namespace in ["a", "a-b", "b"] {
      for name in ["x", "y"] { _ = try store.create(pods, key(namespace, name), pod(name)) }
    }
    var names: [String] = []
    var start = PageStart.latest
    while true {
      let page = try store.page(pods, limit: 1, from: start)
      names += page.objects.map(\.key.description)
      guard let next = page.next else { break }
      start = .token(try ContinueToken(text: next.text))
    }
    #expect(names == ["a-b/x", "a-b/y", "a/x", "a/y", "b/x", "b/y"])
  }

  @Test func clusterScopeHasNoNamespaceInItsTokens() throws {
    let store = ObjectStore()
    for name in ["x", "y"] { _ = try store.create(widgets, key("", name), pod(name)) }
    for namespace in [nil, ""] as [String?] {
      let page = try store.page(widgets, namespace: namespace, limit: 1)
      #expect(page.next?.start == "x\0")
      let rest = try store.page(
        widgets, namespace: namespace, limit: 1, from: .token(try #require(page.next)))
      #expect(rest.objects.map(\.key.name) == ["y"])
    }
  }

  @Test func aTokenBehindTheNamespaceGivesAnEmptyPage() throws {
    let store = try filled(["a", "b"])
    let page = try store.page(pods, namespace: "n", from: .token(ContinueToken(revision: 3, start: "zz")))
    #expect(page.objects.isEmpty)
    #expect(page.next == nil)
  }

  // MARK: - The bounds of the past

  @Test func theFutureIsRefused() throws {
    let store = try filled(["a"])
    let error = #expect(throws: StoreError.self) { try store.page(pods, from: .revision(3)) }
    guard case .futureRevision(requested: 3, current: 2) = error else { return #expect(Bool(false)) }
  }

  @Test func statesBeyondTheCountExpire() throws {
    var options = StoreOptions()
    options.snapshotCount = 2
    let store = try filled(["a", "b", "c", "d"], options)
    #expect(try store.list(pods, at: 5).count == 4)
    #expect(try store.list(pods, at: 3).count == 2)
    let error = #expect(throws: StoreError.self) { try store.list(pods, at: 2) }
    guard case .expired(requested: 2, oldest: 3) = error else { return #expect(Bool(false)) }
    // Writes to other resources do not age this one.
    for name in ["a", "b", "c", "d"] { _ = try store.create(widgets, key("n", name), pod(name)) }
    #expect(try store.list(pods, at: 3).count == 2)
  }

  @Test func statesExpireWithTime() throws {
    let clock = TestClock()
    var options = StoreOptions()
    options.snapshotAge = .seconds(300)
    options.now = { clock.now }
    let store = try filled(["a", "b"], options)
    let token = try #require(try store.page(pods, namespace: "n", limit: 1).next)
    clock.advance(.seconds(200))
    _ = try store.create(pods, key("n", "c"), pod("c"))
    // What counts is for how long the state has been replaced, not how old it is.
    clock.advance(.seconds(299))
    store.compact()
    #expect(try store.page(pods, namespace: "n", from: .token(token)).objects.map(\.key.name) == ["b"])
    clock.advance(.seconds(2))
    store.compact()
    let error = #expect(throws: StoreError.self) { try store.page(pods, namespace: "n", from: .token(token)) }
    guard case .expired = error else { return #expect(Bool(false)) }
    #expect(try store.page(pods, namespace: "n", from: .token(token.inconsistent)).objects.count == 2)
    #expect(try store.list(pods, at: 4).count == 3)
  }

  @Test func statesBeyondTheBytesExpire() throws {
    var options = StoreOptions()
    options.historyBytes = 5_000
    let store = ObjectStore(options: options)
    _ = try store.create(pods, key("n", "a"), pod("a"))
    let text = String(repeating: "x", count: 1_000)
    for turn in 0..<20 {
      _ = try store.update(pods, key("n", "a"), ifRevision: nil, pod("a", note: text + "\(turn)"))
    }
    #expect(throws: StoreError.self) { try store.list(pods, at: 10) }
    #expect(note(try store.list(pods, at: store.revision - 3).objects.first) == text + "16")
    #expect(throws: StoreError.self) { try store.watch(pods, from: .revision(10)) }
    #expect(throws: Never.self) { try store.watch(pods, from: .revision(store.revision - 3)) }
  }
}

/// A clock that stands until it is advanced.
final class TestClock: Sendable {
  private let instant = Mutex(ContinuousClock.now)

  var now: ContinuousClock.Instant { instant.withLock(\.self) }

  func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}
