import Testing
import Values

@testable import APIServer

/// delete and deletecollection.
@Suite struct DeleteTests {
  private static let collection = "/api/v1/namespaces/default/configmaps"
  private static let pods = "/api/v1/namespaces/default/pods"

  @Test("a deleted object is gone; the answer is a Status, or the object of some kinds")
  func delete() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.collection, Example.configMap("a"))
    let gone = await api.delete("\(Self.collection)/a")
    #expect(gone.status == 200)
    #expect(
      gone.json == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
        "details": ["name": "a", "kind": "configmaps", "uid": made.json["metadata"]?["uid"] ?? .null],
      ])
    let missing = await api.delete("\(Self.collection)/a")
    #expect(missing.status == 404)
    #expect(missing.message == #"configmaps "a" not found"#)
    _ = await api.create(Self.pods, Example.pod("p"))
    #expect(await api.delete("\(Self.pods)/p").json["kind"]?.string == "Pod")
  }

  @Test("a deleted collection is answered as it was found, in any form")
  func deletedCollection() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    let list = await api.delete(Self.pods)
    #expect(list.json["kind"] == "PodList")
    #expect(list.json["items"]?.array?.first?["metadata"]?["deletionTimestamp"] == nil)
    #expect(await api.get("\(Self.pods)/p").json["metadata"]?["deletionTimestamp"] != nil)
    let table = [("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")]
    #expect(await api.ask("DELETE", Self.pods, table).json["kind"] == "Table")
    #expect(await api.ask("DELETE", "\(Self.pods)/p?gracePeriodSeconds=0", table).json["kind"] == "Table")
  }

  @Test("finalizers keep an object until the last one goes")
  func finalizers() async throws {
    let api = try TestAPI()
    var object = Example.configMap("a")
    object["metadata"]?["finalizers"] = ["example.com/one", "example.com/two"]
    _ = await api.create(Self.collection, object)
    let path = "\(Self.collection)/a"
    let pending = await api.delete(path)
    #expect(pending.status == 200)
    #expect(pending.json["kind"]?.string == "ConfigMap")
    let deletion = pending.json["metadata"]?["deletionTimestamp"]
    #expect(deletion?.string != nil)
    #expect(pending.json["metadata"]?["deletionGracePeriodSeconds"] == 0)
    // Deleting it again changes nothing.
    #expect(await api.delete(path).resourceVersion == pending.resourceVersion)
    let one = await api.merge(path, ["metadata": ["finalizers": ["example.com/one"]]])
    #expect(one.json["metadata"]?["deletionTimestamp"] == deletion)
    let added = await api.merge(path, ["metadata": ["finalizers": ["example.com/one", "example.com/new"]]])
    #expect(added.status == 422)
    let last = await api.merge(path, ["metadata": ["finalizers": []]])
    #expect(last.status == 200)
    #expect(await api.get(path).status == 404)
  }

  @Test("propagation policies are finalizers")
  func propagation() async throws {
    let api = try TestAPI()
    for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
      _ = await api.create(Self.collection, Example.configMap("a"))
      let path = "\(Self.collection)/a"
      let pending = await api.delete("\(path)?propagationPolicy=\(policy)")
      #expect(pending.json["metadata"]?["finalizers"] == [.string(finalizer)])
      _ = await api.delete(path, ["propagationPolicy": "Background"])
      #expect(await api.get(path).status == 404)
    }
  }

  @Test("preconditions")
  func preconditions() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.collection, Example.configMap("a"))
    let path = "\(Self.collection)/a"
    let uid = await api.delete(path, ["preconditions": ["uid": "other"]])
    #expect(uid.status == 409)
    let actual = made.json["metadata"]?["uid"]?.string ?? ""
    #expect(
      uid.message
        == #"Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID "#
        + "in record (\(actual)). The object might have been deleted and then recreated")
    let version = await api.delete(path, ["preconditions": ["resourceVersion": "1"]])
    #expect(version.status == 409)
    let good = await api.delete(
      path, ["preconditions": ["uid": .string(actual), "resourceVersion": .string(made.resourceVersion)]])
    #expect(good.status == 200)
  }

  @Test("a pod on a node is given time, a negative one being the shortest; one that runs nowhere is not")
  func gracePeriod() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.pods, Example.pod("nowhere"))
    _ = await api.delete("\(Self.pods)/nowhere")
    #expect(await api.get("\(Self.pods)/nowhere").status == 404)
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    let path = "\(Self.pods)/p"
    #expect(await api.delete(path).json["metadata"]?["deletionGracePeriodSeconds"] == 30)
    #expect(
      await api.delete("\(path)?gracePeriodSeconds=60").json["metadata"]?["deletionGracePeriodSeconds"] == 30)
    #expect(
      await api.delete("\(path)?gracePeriodSeconds=5").json["metadata"]?["deletionGracePeriodSeconds"] == 5)
    #expect(
      await api.delete("\(path)?gracePeriodSeconds=-7").json["metadata"]?["deletionGracePeriodSeconds"] == 1)
    #expect(await api.get(path).status == 200)
    _ = await api.delete("\(path)?gracePeriodSeconds=0")
    #expect(await api.get(path).status == 404)
  }

  @Test("numbers at the end of their range do no harm")
  func largeNumbers() async throws {
    let api = try TestAPI()
    let most = Value.int(.max)
    _ = await api.create(Self.pods, Example.pod("p", node: "n"))
    let pending = await api.delete("\(Self.pods)/p?gracePeriodSeconds=\(Int64.max)")
    #expect(pending.json["metadata"]?["deletionGracePeriodSeconds"] == most)
    #expect(pending.json["metadata"]?["deletionTimestamp"]?.string == "9999-12-31T23:59:59Z")
    var long = Example.pod("q", node: "n")
    long["spec"]?["terminationGracePeriodSeconds"] = most
    _ = await api.create(Self.pods, long)
    #expect(await api.delete("\(Self.pods)/q").status == 200)
    var object = Example.configMap("a")
    object["metadata"]?["generation"] = most
    object["metadata"]?["finalizers"] = ["example.com/one"]
    _ = await api.create(Self.collection, object)
    #expect(await api.delete("\(Self.collection)/a").status == 200)
  }

  @Test("a collection: what is selected, and its last state as a list")
  func collection() async throws {
    let api = try TestAPI()
    for i in 0..<4 {
      _ = await api.create(Self.collection, Example.configMap("c\(i)", labels: i < 3 ? ["go": "1"] : nil))
    }
    let gone = await api.ask("DELETE", "\(Self.collection)?labelSelector=go")
    #expect(gone.status == 200)
    #expect(gone.json["kind"]?.string == "ConfigMapList")
    #expect(gone.names == ["c0", "c1", "c2"])
    #expect(await api.get(Self.collection).names == ["c3"])
    // Of this kind there is no such verb.
    #expect(await api.ask("DELETE", "/api/v1/services").status == 405)
    #expect(await api.ask("DELETE", "/api/v1/namespaces").status == 405)
  }

  @Test("many deletes of one object at once: one of them does it")
  func concurrently() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.collection, Example.configMap("a"))
    let statuses = await WriteTests.concurrently(30) { _ in await api.delete("\(Self.collection)/a").status }
    #expect(statuses.filter { $0 == 200 }.count == 1)
    #expect(statuses.filter { $0 == 404 }.count == 29)
  }
}
