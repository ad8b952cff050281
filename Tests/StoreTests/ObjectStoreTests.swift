import Schema
import Synchronization
import Testing
import Values

import Store

@Suite struct ObjectStoreTests {
  let store = ObjectStore()

  // MARK: - Writing

  @Test func aCreatedObjectHasTheRevisionOfItsWrite() throws {
    #expect(store.revision == 1)
    let object = try store.create(pods, key("n", "a"), pod("a"))
    #expect(object.revision == 2)
    #expect(object.value[path: "metadata", "resourceVersion"] == "2")
    #expect(store.get(pods, key("n", "a")) === object)
    #expect(store.revision == 2)
  }

  @Test func revisionsCountOverAllResources() throws {
    let first = try store.create(pods, key("n", "a"), pod("a"))
    let second = try store.create(widgets, key("n", "a"), pod("a"))
    #expect(second.revision == first.revision + 1)
  }

  @Test func theTextIsEncodedInKubernetesOrder() throws {
    let value: Value = [
      "spec": ["b": 1, "a": 2],
      "metadata": ["labels": ["x": "<"], "resourceVersion": "99", "uid": "u", "name": "a"],
      "kind": "Pod", "apiVersion": "v1",
    ]
    let object = try store.create(pods, key("n", "a"), value)
    let expected =
      #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","uid":"u","resourceVersion":"2","#
      + #""labels":{"x":"\u003c"}},"spec":{"b":1,"a":2}}"#
    #expect(String(decoding: object.bytes, as: UTF8.self) == expected)
    #expect(object.bytes == JSON.encode(object.value))
  }

  @Test(arguments: ["null", "[]", "{}", #"{"metadata":7}"#]) func anyValueGetsAVersion(text: String) throws {
    let object = try store.create(pods, key("n", "a"), JSON.parse(text))
    #expect(String(decoding: object.bytes, as: UTF8.self) == #"{"metadata":{"resourceVersion":"2"}}"#)
  }

  @Test func whatExistsIsNotCreated() throws {
    _ = try store.create(pods, key("n", "a"), pod("a"))
    let error = #expect(throws: StoreError.self) { try store.create(pods, key("n", "a"), pod("a")) }
    guard case .alreadyExists = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(store.revision == 2)
  }

  @Test func anUpdateNeedsTheCurrentRevision() throws {
    let first = try store.create(pods, key("n", "a"), pod("a"))
    let second = try store.update(pods, key("n", "a"), ifRevision: first.revision, pod("a", note: "x"))
    #expect(second.revision == 3)
    let error = #expect(throws: StoreError.self) {
      try store.update(pods, key("n", "a"), ifRevision: first.revision, pod("a", note: "y"))
    }
    guard case .conflict(let current) = error else { return #expect(Bool(false)) }
    #expect(current === second)
    #expect(note(try store.update(pods, key("n", "a"), ifRevision: nil, pod("a", note: "z"))) == "z")
  }

  @Test func anUpdateThatChangesNothingIsNoWrite() throws {
    let first = try store.create(pods, key("n", "a"), pod("a", note: "x"))
    let same: Value = [
      "kind": "Pod", "spec": ["note": "x"], "apiVersion": "v1",
      "metadata": ["resourceVersion": "2", "name": "a", "labels": ["on": "1"]],
    ]
    #expect(try store.update(pods, key("n", "a"), ifRevision: first.revision, same) === first)
    #expect(try store.update(pods, key("n", "a"), ifRevision: nil, same) === first)
    #expect(store.revision == 2)
    #expect(throws: StoreError.self) { try store.update(pods, key("n", "a"), ifRevision: 1, same) }
  }

  @Test func whatIsNotThereIsNeitherUpdatedNorDeleted() {
    for write in [
      { try store.update(pods, key("n", "a"), ifRevision: nil, pod("a")) },
      { try store.delete(pods, key("n", "a")) },
    ] as [() throws -> StoredObject] {
      let error = #expect(throws: StoreError.self) { try write() }
      guard case .notFound = error else { return #expect(Bool(false)) }
    }
    #expect(store.revision == 1)
  }

  @Test func aDeletionHasARevisionAndMayHaveALastContent() throws {
    let first = try store.create(pods, key("n", "a"), pod("a", note: "x"))
    let error = #expect(throws: StoreError.self) { try store.delete(pods, key("n", "a"), ifRevision: 1) }
    guard case .conflict(let current) = error else { return #expect(Bool(false)) }
    #expect(current === first)
    let gone = try store.delete(pods, key("n", "a"), ifRevision: first.revision)
    #expect(gone.revision == 3)
    #expect(gone.value[path: "metadata", "resourceVersion"] == "3")
    #expect(note(gone) == "x")
    #expect(store.get(pods, key("n", "a")) == nil)
    _ = try store.create(pods, key("n", "a"), pod("a", note: "x"))
    #expect(note(try store.delete(pods, key("n", "a"), final: pod("a", note: "last"))) == "last")
  }

  // MARK: - Reading

  @Test func aListIsASnapshot() throws {
    for name in ["b", "a"] { _ = try store.create(pods, key("n", name), pod(name)) }
    _ = try store.create(pods, key("m", "c"), pod("c"))
    let list = store.list(pods)
    _ = try store.delete(pods, key("n", "a"))
    _ = try store.create(pods, key("n", "d"), pod("d"))
    #expect(list.map(\.key.description) == ["m/c", "n/a", "n/b"])
    #expect(list.count == 3)
    #expect(list.revision == 4)
    #expect(store.list(pods, namespace: "n").objects.map(\.key.name) == ["b", "d"])
    #expect(store.list(pods, namespace: "none").count == 0)
    #expect(store.list(widgets).objects.isEmpty)
    #expect(try store.list(pods, at: 3).map(\.key.name) == ["a", "b"])
  }

  @Test func countsAreOfWhatIsThere() throws {
    for name in ["a", "b"] { _ = try store.create(pods, key("n", name), pod(name)) }
    _ = try store.create(widgets, key("n", "a"), pod("a"))
    _ = try store.delete(widgets, key("n", "a"))
    #expect(store.counts() == [pods: 2, widgets: 0])
  }

  // MARK: - Observing

  @Test func observersAreCalledWithinTheCommit() throws {
    let seen = Mutex<[String]>([])
    let store = store
    let observation = store.observe(pods) { change in
      // The new state is there already.
      let current = store.get(change.resource, change.object.key)
      #expect(change.kind == .deleted ? current == nil : current === change.object)
      seen.withLock {
        $0.append("\(change.kind) \(change.object.key) \(change.revision) \(change.previous?.revision ?? 0)")
      }
    }
    _ = try store.create(pods, key("n", "a"), pod("a"))
    #expect(seen.withLock(\.self) == ["added n/a 2 0"])
    _ = try store.create(widgets, key("n", "a"), pod("a"))
    _ = try store.update(pods, key("n", "a"), ifRevision: 2, pod("a", note: "x"))
    _ = try store.delete(pods, key("n", "a"))
    #expect(seen.withLock(\.self) == ["added n/a 2 0", "modified n/a 4 2", "deleted n/a 5 4"])
    observation.cancel()
    _ = try store.create(pods, key("n", "a"), pod("a"))
    #expect(seen.withLock(\.count) == 3)
  }

  @Test func aDroppedObservationEnds() throws {
    let calls = Mutex(0)
    var observation: Observation? = store.observe(nil) { _ in calls.withLock { $0 += 1 } }
    _ = try store.create(pods, key("n", "a"), pod("a"))
    _ = try store.create(widgets, key("n", "a"), pod("a"))
    #expect(observation != nil)
    observation = nil
    _ = try store.delete(pods, key("n", "a"))
    #expect(calls.withLock(\.self) == 2)
  }

  @Test func replayTellsWhatIsThereFirst() throws {
    for name in ["a", "b"] { _ = try store.create(pods, key("n", name), pod(name)) }
    _ = try store.create(widgets, key("n", "w"), pod("w"))
    let seen = Mutex<[String]>([])
    let observation = store.observe(pods, replay: true) { change in
      seen.withLock { $0.append("\(change.kind) \(change.object.key.name)") }
    }
    _ = try store.delete(pods, key("n", "a"))
    #expect(seen.withLock(\.self) == ["added a", "added b", "deleted a"])
    observation.cancel()
  }

  // MARK: - Removing a resource

  @Test func aRemovedResourceLeavesNothing() async throws {
    for name in ["a", "b"] { _ = try store.create(widgets, key("n", name), pod(name)) }
    let watch = try store.watch(widgets, from: .now)
    store.removeAll(widgets)
    var events: [WatchEvent] = []
    for await event in watch { events.append(event) }
    #expect(lines(events) == ["DELETED a@4", "DELETED b@5"])
    #expect(store.counts() == [:])
    #expect(store.watchCounts() == [:])
    let error = #expect(throws: StoreError.self) { try store.watch(widgets, from: .revision(3)) }
    guard case .expired(3, 5) = error else { return #expect(Bool(false)) }
    #expect(throws: StoreError.self) { try store.list(widgets, at: 4) }
    _ = try store.create(widgets, key("n", "c"), pod("c"))
    #expect(lines(await drain(try store.watch(widgets, from: .revision(5)))) == ["ADDED c@6"])
    #expect(throws: StoreError.self) { try store.watch(widgets, from: .revision(4)) }
    #expect(try store.list(widgets, at: 5).count == 0)
  }
}
