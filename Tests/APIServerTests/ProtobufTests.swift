import Schema
import Testing
import Values

@testable import APIServer

/// application/vnd.kubernetes.protobuf.
@Suite struct ProtobufTests {
  private static let type = "application/vnd.kubernetes.protobuf"
  private static let accept = [("Accept", type)]

  private func post(_ api: TestAPI, _ path: String, _ object: Value) async throws -> Reply {
    await api.ask(
      "POST", path, [("Content-Type", Self.type), ("Accept", Self.type)],
      bytes: try KubernetesProtobuf.encode(object))
  }

  private static let secret: Value = [
    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "annotations": ["a": "b"]],
    "data": ["k": "AAEC/w=="],
  ]

  @Test(
    "what can't be read says of which kind it is, as far as that is known",
    arguments: [
      ([], "the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)"),
      (
        [0x0A, 0x0B, 0x0A, 0x02, 0x76, 0x31, 0x12, 0x05] + Array("Thing".utf8),
        #"Thing in version "v1" cannot be handled as a ConfigMap: no kind "Thing" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30""#
      ),
      (
        [0x12, 0x02, 0xFF, 0xFF],
        #"ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF"#
      ),
    ] as [([UInt8], String)])
  func unreadable(envelope: [UInt8], message: String) async throws {
    let bytes = envelope.isEmpty ? [] : Array("k8s\0".utf8) + envelope
    let reply = await (try TestAPI()).ask(
      "POST", "/api/v1/namespaces/default/configmaps", [("Content-Type", Self.type)], bytes: bytes)
    #expect(reply.status == 400)
    #expect(reply.message == message)
  }

  @Test(
    "what is sent in protobuf is what comes back in it and in JSON",
    arguments: [
      (
        "/api/v1/namespaces/default/configmaps",
        Example.configMap("a", data: ["x": "ä\u{0}"], labels: ["l": "v"])
      ),
      ("/apis/apps/v1/namespaces/default/deployments", Example.deployment("d", replicas: 3)),
      ("/api/v1/namespaces/default/pods", Example.pod("p")),
      ("/api/v1/namespaces/default/secrets", secret),
    ])
  func roundTrip(path: String, object: Value) async throws {
    let api = try TestAPI()
    let made = try await post(api, path, object)
    #expect(made.status == 201)
    #expect(made[header: "Content-Type"] == Self.type)
    let name = object["metadata"]?["name"]?.string ?? ""
    let json = await api.get("\(path)/\(name)").json
    for key in ["data", "spec"] where object[key] != nil { #expect(Self.contains(json[key], object[key])) }
    #expect(Self.contains(json["metadata"], object["metadata"]))
    // As protobuf has no order of members and no nulls, the JSON of both must be the same document.
    let got = await api.get("\(path)/\(name)", Self.accept)
    #expect(got.bytes == made.bytes)
    let viaProtobuf = try await Self.json(of: got, api, path)
    #expect(viaProtobuf == Self.withoutNulls(json))
    let list = await api.get(path, Self.accept)
    let items = try KubernetesProtobuf.decode(list.bytes)["items"]?.array
    #expect(items?.count == 1)
  }

  /// The object of a protobuf answer as JSON has it.
  private static func json(of reply: Reply, _ api: TestAPI, _ path: String) async throws -> Value {
    let decoded = try KubernetesProtobuf.decode(reply.bytes)
    let apiVersion = GroupVersion(apiVersion: decoded["apiVersion"]?.string ?? "")
    let kind = try #require(apiVersion).kind(decoded["kind"]?.string ?? "")
    let type = try #require(TypeTable.builtIn.type(of: kind))
    return withoutNulls(try TypedDecoder.decode(decoded, as: type).value)
  }

  private static func withoutNulls(_ value: Value) -> Value {
    switch value {
    case .object(let object):
      var kept = Object()
      for (key, member) in object where !member.isNull { kept[key] = withoutNulls(member) }
      return .object(kept)
    case .array(let elements): return .array(elements.map(withoutNulls))
    default: return value
    }
  }

  /// Whether all that the part says is in the whole.
  private static func contains(_ whole: Value?, _ part: Value?) -> Bool {
    switch (whole, part) {
    case (_, nil): true
    case (.object(let whole), .object(let part)): part.allSatisfy { contains(whole[$0.key], $0.value) }
    case (.array(let whole), .array(let part)):
      whole.count == part.count && zip(whole, part).allSatisfy { contains($0, $1) }
    default: whole == part
    }
  }

  @Test("a failure is a Status in protobuf")
  func failure() async throws {
    let reply = await (try TestAPI()).get("/api/v1/namespaces/default/pods/none", Self.accept)
    #expect(reply.status == 404)
    let status = try KubernetesProtobuf.decode(reply.bytes)
    #expect(status["kind"]?.string == "Status")
    #expect(status["details"]?["name"]?.string == "none")
  }

  @Test("bytes that are no protobuf, or another kind's")
  func badBodies() async throws {
    let api = try TestAPI()
    let path = "/api/v1/namespaces/default/configmaps"
    let headers = [("Content-Type", Self.type)]
    var cut = try KubernetesProtobuf.encode(Example.configMap("a", data: ["x": "1"]))
    cut.removeLast(3)
    for bytes in [
      [], Array("k8s\0".utf8), Array("{}".utf8), cut,
      Array("k8s\0".utf8) + Array(repeating: 0xFF, count: 1000),
    ] {
      let reply = await api.ask("POST", path, headers, bytes: bytes)
      #expect(reply.status == 400)
    }
    let pod = try KubernetesProtobuf.encode(Example.pod("p"))
    #expect(await api.ask("POST", path, headers, bytes: pod).status == 400)
  }

  @Test("a custom kind has no protobuf: the client's next choice counts, and the last answer is 406")
  func custom() async throws {
    let api = try TestAPI()
    Widgets.serve(on: api)
    _ = await api.create("/apis/example.com/v1/namespaces/default/widgets", Widgets.example("w"))
    let path = "/apis/example.com/v1/namespaces/default/widgets/w"
    let both = await api.get(path, [("Accept", "\(Self.type),application/json")])
    #expect(both.status == 200)
    #expect(both.json["kind"]?.string == "Widget")
    let only = await api.get(path, Self.accept)
    #expect(only.status == 406)
    let metadata = await api.get(
      path, [("Accept", "\(Self.type);as=PartialObjectMetadata;g=meta.k8s.io;v=v1")])
    #expect(metadata.status == 200)
    #expect(try KubernetesProtobuf.decode(metadata.bytes)["metadata"]?["name"]?.string == "w")
  }
}
