import Schema
import Testing
import Values

import Store

/// Random writes against a plain model: every read, page and watch at every revision must agree with it.
@Suite(.timeLimit(.minutes(2))) struct ModelTests {
  /// The objects of a resource at one revision, by key: the revision of each and whether it is selected.
  typealias State = [ObjectKey: Entry]

  struct Entry: Equatable {
    var revision: UInt64
    var on: Bool
  }

  private struct Model {
    /// The states at the revisions 1, 2, …
    var states: [[GroupResource: State]] = [[:]]

    func state(_ resource: GroupResource, at revision: UInt64) -> State {
      states[Int(revision) - 1][resource] ?? [:]
    }

    mutating func commit(_ resource: GroupResource, _ key: ObjectKey, _ entry: Entry?) {
      var next = states[states.count - 1]
      next[resource, default: [:]][key] = entry
      states.append(next)
    }
  }

  private static let namespaces = ["a", "a-b", "b"]

  /// Writes at random to the store and to a model.
  private func run(_ store: ObjectStore, writes: Int, seed: UInt64) throws -> Model {
    var random = SeededGenerator(state: seed)
    var model = Model()
    while model.states.count <= writes {
      let resource = Bool.random(using: &random) ? pods : widgets
      let key = key(
        Self.namespaces.randomElement(using: &random)!, "n\(Int.random(in: 0..<40, using: &random))")
      let revision = UInt64(model.states.count)
      let current = model.state(resource, at: revision)[key]
      let on = Bool.random(using: &random)
      let value = pod(key.name, on: on ? "1" : "0", note: "\(revision)")
      let stale: UInt64? = Int.random(in: 0..<5, using: &random) == 0 ? (current?.revision ?? 7) + 1 : nil
      let action = Int.random(in: 0..<3, using: &random)
      do throws(StoreError) {
        switch action {
        case 0: _ = try store.create(resource, key, value)
        case 1: _ = try store.update(resource, key, ifRevision: stale ?? current?.revision, value)
        default: _ = try store.delete(resource, key, ifRevision: stale ?? current?.revision)
        }
        #expect(action == 0 ? current == nil : current != nil && stale == nil)
        model.commit(resource, key, action == 2 ? nil : Entry(revision: revision + 1, on: on))
      } catch {
        switch error {
        case .alreadyExists: #expect(action == 0 && current != nil)
        case .notFound: #expect(action != 0 && current == nil)
        case .conflict(let object): #expect(stale != nil && object.revision == current?.revision)
        default: Issue.record("\(error)")
        }
      }
      #expect(store.revision == UInt64(model.states.count))
    }
    return model
  }

  private func state(_ objects: some Sequence<StoredObject>) -> State {
    Dictionary(uniqueKeysWithValues: objects.map { ($0.key, Entry(revision: $0.revision, on: isOn($0))) })
  }

  @Test(arguments: [11, 12]) func everyStateCanBeRead(seed: UInt64) throws {
    let store = ObjectStore()
    let model = try run(store, writes: 500, seed: seed)
    for resource in [pods, widgets] {
      for revision in 1...store.revision {
        let expected = model.state(resource, at: revision)
        let list = try store.list(resource, at: revision)
        #expect(list.map(\.key) == expected.keys.sorted())
        #expect(state(list) == expected)
        let namespace = Self.namespaces[Int(revision) % 3]
        let part = try store.list(resource, namespace: namespace, at: revision)
        #expect(state(part) == expected.filter { $0.key.namespace == namespace })
      }
      #expect(state(store.list(resource)) == model.state(resource, at: store.revision))
    }
  }

  @Test(arguments: [21, 22]) func pagesJoinToTheList(seed: UInt64) throws {
    let store = ObjectStore()
    let model = try run(store, writes: 400, seed: seed)
    for revision in stride(from: 1, through: store.revision, by: 3) {
      for namespace in [nil, "a", "a-b"] as [String?] {
        for selects in [false, true] {
          let matches = selects ? { @Sendable in isOn($0) } : nil as (@Sendable (StoredObject) -> Bool)?
          let expected = model.state(pods, at: revision)
            .filter { namespace == nil || $0.key.namespace == namespace }
            .filter { !selects || $0.value.on }.keys.sorted()
          let limit = Int(revision) % 7 + 1
          var keys: [ObjectKey] = []
          var start = PageStart.revision(revision)
          while true {
            let page = try store.page(pods, namespace: namespace, limit: limit, from: start, matches: matches)
            keys += page.objects.map(\.key)
            #expect(page.revision == revision)
            #expect(page.objects.count <= limit)
            guard let next = page.next else {
              #expect(page.remaining == nil)
              break
            }
            #expect(page.remaining == (selects ? nil : expected.count - keys.count))
            start = .token(try ContinueToken(text: next.text))
          }
          #expect(keys == expected)
        }
      }
    }
  }

  @Test(arguments: [31, 32, 33]) func aListAndAWatchGiveTheFinalState(seed: UInt64) async throws {
    let store = ObjectStore()
    let model = try run(store, writes: 400, seed: seed)
    let final = model.state(pods, at: store.revision)
    for revision in 1...store.revision {
      for selects in [false, true] {
        let before = model.state(pods, at: revision).filter { !selects || $0.value.on }
        let watch =
          selects
          ? try store.watch(pods, from: .revision(revision), matches: isOn)
          : try store.watch(pods, from: .revision(revision))
        let after = apply(await drain(watch), to: before, since: revision)
        #expect(after == final.filter { !selects || $0.value.on })
      }
    }
  }

  @Test func aWatchFromTheBeginningGivesEveryLaterState() async throws {
    let store = ObjectStore()
    let watches = Self.namespaces.map {
      try? store.watch(pods, namespace: $0, from: .initial(endMarker: true))
    }
    let model = try run(store, writes: 300, seed: 41)
    for (namespace, watch) in zip(Self.namespaces, watches) {
      let events = await drain(try #require(watch)).filter { $0.object != nil }
      // After each event the watcher has the state of the event's revision.
      var seen: State = [:]
      for event in events {
        seen = apply([event], to: seen, since: 0)
        let then = model.state(pods, at: event.revision).filter { $0.key.namespace == namespace }
        #expect(seen == then)
      }
    }
  }

  /// What a client knows after the events, each of which must be newer than the one before and possible.
  private func apply(_ events: [WatchEvent], to state: State, since: UInt64) -> State {
    var state = state
    var last = since
    for event in events {
      guard let object = event.object else { continue }
      #expect(event.revision > last)
      last = event.revision
      switch event.type {
      case .added: #expect(state[object.key] == nil)
      case .modified, .deleted: #expect(state[object.key] != nil)
      default: Issue.record("\(event.type)")
      }
      state[object.key] = event.type == .deleted ? nil : Entry(revision: object.revision, on: isOn(object))
    }
    return state
  }
}
