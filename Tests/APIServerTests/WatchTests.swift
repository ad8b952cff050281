import Schema
import Store
import Testing
import Values

@testable import APIServer

/// Watches: what they tell, in which form, and when they end.
@Suite(.timeLimit(.minutes(3))) struct WatchTests {
  private static let path = "/api/v1/namespaces/default/configmaps"

  private func prepared(
    _ configure: @Sendable (inout APIServer.Components) -> Void = { _ in }
  ) async throws -> (TestAPI, String) {
    let api = try TestAPI(configure: configure)
    let made = await api.create(Self.path, Example.configMap("a", labels: ["on": "1"]))
    return (api, made.resourceVersion)
  }

  private func watch(_ api: TestAPI, _ query: String, _ headers: [(String, String)] = []) async throws
    -> WatchReader
  {
    let reply = await api.get("\(Self.path)?watch=1\(query)", headers)
    #expect(reply.status == 200)
    return try #require(WatchReader(reply))
  }

  @Test("from a version on: every change once, in order, then the end")
  func changes() async throws {
    let (api, version) = try await prepared()
    let reader = try await watch(api, "&timeoutSeconds=4&resourceVersion=\(version)")
    _ = await api.create(Self.path, Example.configMap("b"))
    _ = await api.merge("\(Self.path)/a", ["data": ["x": "1"]])
    _ = await api.delete("\(Self.path)/b")
    let events = await reader.rest()
    #expect(events.map(\.eventText) == ["ADDED b", "MODIFIED a", "DELETED b"])
    #expect(events.last?["object"]?["metadata"]?["resourceVersion"]?.string == String(api.store.revision))
    #expect(events.first?["object"]?["kind"]?.string == "ConfigMap")
  }

  @Test("without a version, or from any: first what is there")
  func initialObjects() async throws {
    let (api, _) = try await prepared()
    for query in ["&timeoutSeconds=4", "&timeoutSeconds=4&resourceVersion=0"] {
      let events = await (try await watch(api, query)).rest()
      #expect(events.map(\.eventText) == ["ADDED a"])
    }
  }

  @Test("initial events end with a bookmark that says so")
  func initialEvents() async throws {
    let (api, _) = try await prepared()
    let reader = try await watch(
      api,
      "&timeoutSeconds=5&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
    #expect(await reader.event()?.eventText == "ADDED a")
    let bookmark = try #require(await reader.event())
    #expect(
      bookmark == [
        "type": "BOOKMARK",
        "object": [
          "kind": "ConfigMap", "apiVersion": "v1",
          "metadata": [
            "resourceVersion": .string(String(api.store.revision)),
            "annotations": ["k8s.io/initial-events-end": "true"],
          ],
        ],
      ])
    reader.close()
    let none = try await watch(
      api, "&timeoutSeconds=4&sendInitialEvents=false&resourceVersionMatch=NotOlderThan")
    #expect(await none.rest().isEmpty)
    let future = try await watch(
      api, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=9999")
    let failure = try #require(await future.rest().first)
    #expect(failure["type"] == "ERROR")
    #expect(failure["object"]?["code"] == 504)
  }

  @Test("bookmarks come at intervals and before the end")
  func bookmarks() async throws {
    let (api, version) = try await prepared { $0.watch.bookmarkInterval = .milliseconds(100) }
    let frequent = try await watch(
      api, "&timeoutSeconds=5&allowWatchBookmarks=true&resourceVersion=\(version)")
    let first = await frequent.event()
    #expect(first?.eventText == "BOOKMARK")
    #expect(first?["object"]?["metadata"] == ["resourceVersion": .string(version)])
    frequent.close()
    // Not asked for, none come.
    #expect(await (try await watch(api, "&timeoutSeconds=4&resourceVersion=\(version)")).rest().isEmpty)

    let (rare, start) = try await prepared { $0.watch.bookmarkInterval = .seconds(60) }
    let events = await
      (try await watch(rare, "&timeoutSeconds=3&allowWatchBookmarks=true&resourceVersion=\(start)")).rest()
    #expect(events.map(\.eventText) == ["BOOKMARK"])
  }

  @Test("a timeout of zero is none; a negative one ends at once")
  func timeouts() async throws {
    let (api, version) = try await prepared { $0.watch.minimumTimeoutSeconds = 600 }
    let endless = try await watch(api, "&timeoutSeconds=0&resourceVersion=\(version)")
    _ = await api.create(Self.path, Example.configMap("b"))
    #expect(await endless.event()?.eventText == "ADDED b")
    endless.close()
    #expect(await (try await watch(api, "&timeoutSeconds=-1&resourceVersion=\(version)")).rest().count <= 1)
    // Without a wish the server's own time counts.
    let (short, start) = try await prepared { $0.watch.minimumTimeoutSeconds = 1 }
    #expect(await (try await watch(short, "&resourceVersion=\(start)")).rest().isEmpty)
  }

  @Test("a selector turns changes into comings and goings")
  func selector() async throws {
    let (api, version) = try await prepared()
    let reader = try await watch(api, "&timeoutSeconds=4&labelSelector=on%3D1&resourceVersion=\(version)")
    _ = await api.create(Self.path, Example.configMap("b"))
    _ = await api.merge("\(Self.path)/b", ["metadata": ["labels": ["on": "1"]]])
    _ = await api.merge("\(Self.path)/a", ["metadata": ["labels": ["on": "2"]]])
    #expect(await reader.rest().map(\.eventText) == ["ADDED b", "DELETED a"])
  }

  @Test("one object, by a field selector and by the old path")
  func oneName() async throws {
    let (api, _) = try await prepared()
    _ = await api.create(Self.path, Example.configMap("b"))
    for target in [
      "\(Self.path)?watch=1&timeoutSeconds=4&fieldSelector=metadata.name%3Da",
      "/api/v1/watch/namespaces/default/configmaps/a?timeoutSeconds=4",
    ] {
      let reader = try #require(WatchReader(await api.get(target)))
      #expect(await reader.rest().map(\.eventText) == ["ADDED a"])
    }
    let all = try #require(WatchReader(await api.get("/api/v1/watch/configmaps?timeoutSeconds=4")))
    #expect(await all.rest().map(\.eventText) == ["ADDED a", "ADDED b"])
  }

  @Test("a version that is too old is told in the stream, one that can't be read before it")
  func expired() async throws {
    var options = StoreOptions()
    options.eventCount = 2
    let api = try TestAPI(store: ObjectStore(options: options))
    for i in 0..<6 { _ = await api.create(Self.path, Example.configMap("c\(i)")) }
    let events = await (try await watch(api, "&resourceVersion=2")).rest()
    #expect(events.count == 1)
    #expect(events.first?["type"]?.string == "ERROR")
    #expect(events.first?["object"]?["code"] == 410)
    #expect(events.first?["object"]?["reason"]?.string == "Expired")
    #expect(events.first?["object"]?["message"]?.string?.hasPrefix("too old resource version: 2 (") == true)
    let bad = await api.get("\(Self.path)?watch=1&resourceVersion=x")
    #expect(bad.status == 500)
  }

  @Test("as tables: the columns once")
  func tables() async throws {
    let (api, version) = try await prepared()
    let reader = try await watch(
      api, "&timeoutSeconds=4&resourceVersion=\(version)",
      [("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")])
    _ = await api.create(Self.path, Example.configMap("b"))
    _ = await api.create(Self.path, Example.configMap("c"))
    let events = await reader.rest()
    #expect(events.count == 2)
    #expect(events.first?["object"]?["kind"]?.string == "Table")
    #expect(events.first?["object"]?["columnDefinitions"]?.array?.count == 3)
    #expect(events.last?["object"]?["columnDefinitions"] == .null)
    #expect(events.last?["object"]?["rows"]?.array?.first?["object"]?["metadata"]?["name"]?.string == "c")
  }

  @Test("as metadata only, in either version")
  func metadata() async throws {
    let (api, version) = try await prepared()
    let reader = try await watch(
      api, "&timeoutSeconds=4&resourceVersion=\(version)",
      [("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1")])
    _ = await api.create(Self.path, Example.configMap("b", data: ["x": "1"]))
    let object = try #require(await reader.event()?["object"])
    #expect(object["kind"]?.string == "PartialObjectMetadata")
    #expect(object["apiVersion"]?.string == "meta.k8s.io/v1beta1")
    #expect(object["metadata"]?["name"]?.string == "b")
    #expect(object["data"] == nil)
  }

  @Test("in protobuf: frames with their length before them")
  func protobuf() async throws {
    let (api, version) = try await prepared()
    let type = "application/vnd.kubernetes.protobuf"
    let reply = await api.get(
      "\(Self.path)?watch=1&timeoutSeconds=4&resourceVersion=\(version)", [("Accept", "\(type);stream=watch")]
    )
    #expect(reply[header: "Content-Type"] == "\(type);stream=watch")
    let reader = try #require(WatchReader(reply))
    _ = await api.create(Self.path, Example.configMap("b"))
    let frame = try #require(await reader.frame())
    let length = frame.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    #expect(length == frame.count - 4)
    let object = try #require(frame.indices.first { frame[$0...].starts(with: Array("k8s\0".utf8)) })
    #expect(try KubernetesProtobuf.decode(Array(frame[object...]))["metadata"]?["name"]?.string == "b")
  }

  @Test("events are not indented, whoever asks")
  func neverPretty() async throws {
    let (api, _) = try await prepared()
    let reader = try await watch(api, "&timeoutSeconds=4&pretty=true", [("User-Agent", "curl/8")])
    let frame = try #require(await reader.frame())
    #expect(frame.filter { $0 == UInt8(ascii: "\n") }.count == 1)
  }

  @Test("when the server drains, watches end")
  func drain() async throws {
    let (api, version) = try await prepared()
    let request = try #require(TestAPI.request("GET", "\(Self.path)?watch=1&resourceVersion=\(version)"))
    let reader = try #require(WatchReader(Reply(await api.server.respond(to: request))))
    request.drain.begin()
    #expect(await reader.rest().isEmpty)
  }

  @Test("many watchers see the same changes while many write")
  func manyWatchers() async throws {
    let (api, version) = try await prepared()
    var readers: [WatchReader] = []
    for _ in 0..<20 { readers.append(try await watch(api, "&timeoutSeconds=30&resourceVersion=\(version)")) }
    _ = await WriteTests.concurrently(50) { i in
      await api.create(Self.path, Example.configMap("n\(i)")).status
    }
    for reader in readers {
      var versions: [Int] = []
      for _ in 0..<50 {
        let event = try #require(await reader.event())
        versions.append(Int(event["object"]?["metadata"]?["resourceVersion"]?.string ?? "") ?? 0)
      }
      #expect(versions == versions.sorted())
      #expect(Set(versions).count == 50)
      reader.close()
    }
  }

  @Test("a watch that nobody reads is let go")
  func unread() async throws {
    let (api, version) = try await prepared()
    do {
      let reply = await api.get("\(Self.path)?watch=1&resourceVersion=\(version)")
      #expect(reply.status == 200)
      #expect(api.store.watchCounts().values.reduce(0, +) == 1)
    }
    #expect(api.store.watchCounts().isEmpty)
  }
}
