import Schema
import Store
import Testing
import Values

@testable import APIServer

/// Lists: selectors, pages, versions, forms.
@Suite struct ListTests {
  private static let path = "/api/v1/namespaces/default/configmaps"

  /// `c0` to `c4`, every other one with the label `odd`.
  private func prepared(_ options: StoreOptions = StoreOptions()) async throws -> TestAPI {
    let api = try TestAPI(store: ObjectStore(options: options))
    for i in 0..<5 {
      _ = await api.create(
        Self.path, Example.configMap("c\(i)", data: ["i": "\(i)"], labels: i % 2 == 1 ? ["odd": "yes"] : nil))
    }
    return api
  }

  @Test("a list has its kind, its version, and items that don't repeat their kind")
  func list() async throws {
    let api = try await prepared()
    let list = await api.get(Self.path)
    #expect(list.status == 200)
    #expect(list.json["kind"]?.string == "ConfigMapList")
    #expect(list.json["apiVersion"]?.string == "v1")
    #expect(list.resourceVersion == String(api.store.revision))
    #expect(list.names == ["c0", "c1", "c2", "c3", "c4"])
    #expect(list.json["items"]?.array?.allSatisfy { $0["kind"] == nil && $0["apiVersion"] == nil } == true)
    let one = await api.get("\(Self.path)/c0")
    var bare = one.json
    bare["kind"] = nil
    bare["apiVersion"] = nil
    #expect(list.json["items"]?.array?.first == bare)
    let none = await api.get("/api/v1/namespaces/nowhere/configmaps")
    #expect(none.json["items"] == [])
  }

  @Test(
    "selectors",
    arguments: [
      ("labelSelector=odd", ["c1", "c3"]), ("labelSelector=!odd", ["c0", "c2", "c4"]),
      ("labelSelector=odd%20in%20(yes,no)", ["c1", "c3"]), ("fieldSelector=metadata.name%3Dc2", ["c2"]),
      ("fieldSelector=metadata.name!%3Dc2,metadata.namespace%3Ddefault", ["c0", "c1", "c3", "c4"]),
      ("fieldSelector=metadata.name%3Dc1&labelSelector=!odd", []),
      ("labelSelector=", ["c0", "c1", "c2", "c3", "c4"]),
    ])
  func selectors(query: String, names: [String]) async throws {
    #expect(await (try await prepared()).get("\(Self.path)?\(query)").names == names)
  }

  @Test("a limit counts at a version, but not where any version will do")
  func limitAtVersions() async throws {
    let api = try await prepared()
    let version = String(api.store.revision)
    _ = await api.create(Self.path, Example.configMap("late"))
    #expect(await api.get("\(Self.path)?limit=2&resourceVersion=0").names.count == 6)
    // Without a match it is that very version.
    let exact = await api.get("\(Self.path)?limit=2&resourceVersion=\(version)")
    #expect(exact.resourceVersion == version)
    #expect(exact.json["metadata"]?["remainingItemCount"] == 3)
    let newer = await api.get(
      "\(Self.path)?limit=2&resourceVersion=\(version)&resourceVersionMatch=NotOlderThan")
    #expect(newer.json["metadata"]?["remainingItemCount"] == 4)
  }

  @Test("fields that a kind can't be selected by, each in the words of its kind")
  func unknownFields() async throws {
    let api = try TestAPI()
    func message(_ path: String) async -> String { await api.get("\(path)?fieldSelector=x%3D1").message }
    #expect(await message("/api/v1/pods") == "field label not supported: x")
    #expect(await message("/apis/batch/v1/jobs") == #"field label "x" not supported for batchv1.Job"#)
    #expect(
      await message("/apis/resource.k8s.io/v1/resourceslices")
        == "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x")
    #expect(await api.get("/apis/events.k8s.io/v1/events?fieldSelector=regarding.kind%3DPod").status == 200)
  }

  @Test("pages: the same version on all, the rest counted, nothing after the last")
  func pages() async throws {
    let api = try await prepared()
    let first = await api.get("\(Self.path)?limit=2")
    #expect(first.names == ["c0", "c1"])
    #expect(first.json["metadata"]?["remainingItemCount"] == 3)
    let token = try #require(first.continueToken)
    _ = await api.create(Self.path, Example.configMap("c11"))
    let second = await api.get("\(Self.path)?limit=2&continue=\(token)")
    #expect(second.names == ["c2", "c3"])
    #expect(second.resourceVersion == first.resourceVersion)
    let third = await api.get("\(Self.path)?limit=2&continue=\(try #require(second.continueToken))")
    #expect(third.names == ["c4"])
    #expect(third.continueToken == nil)
    #expect(third.json["metadata"]?["remainingItemCount"] == nil)
    // With a selector what remains is not counted.
    let selected = await api.get("\(Self.path)?limit=1&labelSelector=odd")
    #expect(selected.names == ["c1"])
    #expect(selected.continueToken != nil)
    #expect(selected.json["metadata"]?["remainingItemCount"] == nil)
  }

  @Test("a token that has expired is answered with one that goes on, not consistently")
  func expiredToken() async throws {
    var options = StoreOptions()
    options.snapshotCount = 2
    let api = try await prepared(options)
    let token = try #require(await api.get("\(Self.path)?limit=2").continueToken)
    for i in 5..<9 { _ = await api.create(Self.path, Example.configMap("c\(i)")) }
    let gone = await api.get("\(Self.path)?limit=2&continue=\(token)")
    #expect(gone.status == 410)
    #expect(gone.reason == "Expired")
    #expect(
      gone.message.hasPrefix(
        "The provided continue parameter is too old to display a consistent list result."))
    let next = try #require(gone.continueToken)
    let rest = await api.get("\(Self.path)?continue=\(next)")
    #expect(rest.names == ["c2", "c3", "c4", "c5", "c6", "c7", "c8"])
    #expect(rest.resourceVersion == String(api.store.revision))
  }

  @Test("an exact version: as it was, or 410")
  func exactVersion() async throws {
    var options = StoreOptions()
    options.snapshotCount = 3
    let api = try await prepared(options)
    let version = api.store.revision
    _ = await api.create(Self.path, Example.configMap("c9"))
    let exact = "\(Self.path)?resourceVersionMatch=Exact&resourceVersion="
    #expect(await api.get("\(exact)\(version)").names.count == 5)
    let old = await api.get("\(exact)3")
    #expect(old.status == 410)
    #expect(old.message == "The resourceVersion for the provided list is too old.")
    #expect(old.json["metadata"] == [:])
  }

  @Test("tokens that no server made")
  func badTokens() async throws {
    let api = try await prepared()
    for token in [
      "abc", "e30", "bnVsbA", String(repeating: "A", count: 100_000),
      "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi8uLiJ9",
    ] {
      let reply = await api.get("\(Self.path)?continue=\(token)")
      #expect(reply.status == 400)
      #expect(reply.message.hasPrefix("invalid continue token: continue key is not valid"))
    }
  }

  @Test("a token of another version of the future is no crash")
  func futureToken() async throws {
    let api = try await prepared()
    let token = ContinueToken(revision: .max / 2, start: "c1").text
    let reply = await api.get("\(Self.path)?continue=\(token)")
    #expect(reply.status >= 400)
  }

  @Test("as a table, and as metadata only")
  func forms() async throws {
    let api = try await prepared()
    let table = await api.get(
      "\(Self.path)?limit=2", [("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")])
    #expect(table.json["kind"]?.string == "Table")
    #expect(table.json["columnDefinitions"]?.array?.map { $0["name"]?.string } == ["Name", "Data", "Age"])
    #expect(table.json["rows"]?.array?.map { $0["cells"]?[0] } == ["c0", "c1"])
    #expect(table.continueToken != nil)
    let metadata = await api.get(
      Self.path, [("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")])
    #expect(metadata.json["kind"]?.string == "PartialObjectMetadataList")
    #expect(metadata.names.count == 5)
    #expect(metadata.json["items"]?.array?.allSatisfy { $0["data"] == nil } == true)
  }

  @Test("selectors of any size are answered")
  func hostileSelectors() async throws {
    let api = try await prepared()
    let values = (0..<20_000).map { "v\($0)" }.joined(separator: ",")
    let reply = await api.get("\(Self.path)?labelSelector=odd%20in%20(\(values),yes)")
    #expect(reply.names == ["c1", "c3"])
    let many = (0..<5_000).map { "metadata.name!%3Dx\($0)" }.joined(separator: ",")
    #expect(await api.get("\(Self.path)?fieldSelector=\(many)").names.count == 5)
    let items = (0..<50_000).map { "x\($0)=y" }.joined(separator: "&")
    #expect(await api.get("\(Self.path)?\(items)&limit=1").names == ["c0"])
  }
}

extension Value {
  fileprivate subscript(index: Int) -> Value? {
    guard let array, array.indices.contains(index) else { return nil }
    return array[index]
  }
}
