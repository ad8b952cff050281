import HTTPService
import Schema
import Testing
import Values

@testable import Admission

@Suite struct MutatingWebhookTests {
  private func cluster(
    _ hooks: [Value], _ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  ) throws -> (Cluster, FakeHooks) {
    let fake = FakeHooks(answers)
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Mutating", "m", hooks))
    return (cluster, fake)
  }

  @Test func patchesAreAppliedOneAfterTheOther() async throws {
    let (cluster, fake) = try cluster(
      [.hook("one"), .hook("two")],
      [
        "/one": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"1"}}]"#) },
        "/two": { _ in .patch(#"[{"op":"add","path":"/data/b","value":"2"}]"#) },
      ])
    let made = try await cluster.create(.configMap())
    #expect(made["data"] == ["a": "1", "b": "2"])
    #expect(fake.calls.map(\.path) == ["/one", "/two"])
    #expect(fake.calls.last?.request["object"]?["data"] == ["a": "1"])
    #expect(
      cluster.notes.annotations["mutation.webhook.admission.k8s.io/round_0_index_0"]
        == #"{"configuration":"m","webhook":"one.example.com","mutated":true}"#)
  }

  @Test func whatIsAddedIsDefaulted() async throws {
    let (cluster, _) = try cluster(
      [.hook("sidecar", resources: ["pods"])],
      [
        "/sidecar": { _ in
          .patch(#"[{"op":"add","path":"/spec/containers/-","value":{"name":"side","image":"envoy"}}]"#)
        }
      ])
    let made = try await cluster.create(.pod())
    let side = made["spec"]?["containers"]?.array?.last
    #expect(side?["imagePullPolicy"] == "Always")
    #expect(side?["terminationMessagePath"] == "/dev/termination-log")
  }

  @Test func reviewTellsAllOfTheRequest() async throws {
    let (cluster, fake) = try cluster([.hook("see")], ["/see": { _ in ["allowed": true] }])
    try await cluster.create(.configMap(), dryRun: true)
    let request = try #require(fake.calls.first?.request)
    #expect(request["kind"] == ["group": "", "version": "v1", "kind": "ConfigMap"])
    #expect(request["requestResource"] == ["group": "", "version": "v1", "resource": "configmaps"])
    #expect(request["name"] == "c")
    #expect(request["namespace"] == "team")
    #expect(request["operation"] == "CREATE")
    #expect(request["userInfo"] == ["username": "admin"])
    #expect(request["oldObject"] == .null)
    #expect(request["dryRun"] == true)
    #expect(request["options"] == ["kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"])
    #expect(request["uid"]?.string?.count == 36)
  }

  @Test func laterChangesAreShownAgainToThoseWhoAsk() async throws {
    let (cluster, fake) = try cluster(
      [.hook("first", ["reinvocationPolicy": "IfNeeded"]), .hook("never"), .hook("last")],
      [
        "/first": { _ in ["allowed": true] }, "/never": { _ in ["allowed": true] },
        "/last": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"1"}}]"#) },
      ])
    try await cluster.create(.configMap())
    #expect(fake.calls.map(\.path) == ["/first", "/never", "/last", "/first"])
    #expect(
      cluster.notes.annotations["mutation.webhook.admission.k8s.io/round_1_index_0"]
        == #"{"configuration":"m","webhook":"first.example.com","mutated":false}"#)
  }

  @Test(arguments: [
    (#"{"op":"add"}"#, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
    (#"[1]"#, "json: cannot unmarshal number into Go value of type jsonpatch.Operation"),
  ]) func whatIsNoPatchIsAFailedCall(patch: String, text: String) async throws {
    let answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value] = [
      "/bad": { _ in .patch(patch) }
    ]
    let (strict, _) = try cluster([.hook("bad")], answers)
    let refusal = await strict.refusal { () throws(StatusError) in try await strict.create(.configMap()) }
    #expect(
      refusal == "Internal error occurred: failed calling webhook \"bad.example.com\": received undecodable "
        + "patch in webhook response: \(text)")
    let (lenient, _) = try cluster([.hook("bad", ["failurePolicy": "Ignore"])], answers)
    try await lenient.create(.configMap())
    #expect(
      lenient.notes.annotations["failed-open.mutation.webhook.admission.k8s.io/round_0_index_0"]
        == "bad.example.com")
  }

  @Test func patchesAreNotedWhereObjectsAre() async throws {
    let (cluster, _) = try cluster(
      [.hook("one")], ["/one": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"1"}}]"#) }])
    try await cluster.create(.configMap())
    let key = "patch.webhook.admission.k8s.io/round_0_index_0"
    #expect(cluster.notes.annotations[key] == nil)
    #expect(
      cluster.notes.content[key]
        == #"{"configuration":"m","webhook":"one.example.com","patch":[{"op":"add","path":"/data","value":"#
        + #"{"a":"1"}}],"patchType":"JSONPatch"}"#)
  }

  @Test func patchesThatComeToNothingChangeNothing() async throws {
    let (cluster, fake) = try cluster(
      [.hook("first", ["reinvocationPolicy": "IfNeeded"]), .hook("same")],
      [
        "/first": { _ in ["allowed": true] },
        "/same": { _ in .patch(#"[{"op":"add","path":"/data","value":{"a":"b"}}]"#) },
      ])
    try await cluster.create(.configMap(data: ["a": "b"]))
    #expect(fake.calls.map(\.path) == ["/first", "/same"])
    #expect(
      cluster.notes.annotations["mutation.webhook.admission.k8s.io/round_0_index_1"]
        == #"{"configuration":"m","webhook":"same.example.com","mutated":false}"#)
  }

  @Test(arguments: [
    (
      #"[{"op":"remove","path":"/data/x"}]"#,
      "error in remove for path: '/data/x': Unable to remove nonexistent key: x: missing value"
    ),
    (
      #"[{"op":"replace","path":"/data","value":7}]"#,
      "json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string"
    ),
  ]) func patchesThatDoNotFitFailTheRequest(patch: String, text: String) async throws {
    let (cluster, _) = try cluster(
      [.hook("bad", ["failurePolicy": "Ignore"])], ["/bad": { _ in .patch(patch) }])
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.create(.configMap(data: ["a": "b"]))
    }
    #expect(refusal == "Internal error occurred: " + text)
  }

  @Test func deletionsCantBeChanged() async throws {
    let (cluster, _) = try cluster(
      [.hook("bad")], ["/bad": { _ in .patch(#"[{"op":"add","path":"/data","value":{}}]"#) }])
    cluster.put(.configMap())
    let refusal = await cluster.refusal { () throws(StatusError) in
      try await cluster.delete(.configMap())
    }
    #expect(
      refusal == "Internal error occurred: admission webhook \"bad.example.com\" attempted to modify the "
        + "object, which is not supported for this operation")
  }
}
