import Schema
import Testing
import Values

@testable import APIServer

/// In which format answers come.
@Suite struct NegotiationTests {
  private static let partial = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
  private static let table = "as=Table;g=meta.k8s.io;v=v1"

  /// One `Accept` header and the `Content-Type` that answers it.
  struct Row: Sendable, CustomTestStringConvertible {
    let accept: String
    let type: String
    let kind: String

    init(_ accept: String, _ type: String, _ kind: String = "ConfigMap") {
      self.accept = accept
      self.type = type
      self.kind = kind
    }

    var testDescription: String { accept }
  }

  private static let json = "application/json"
  private static let yaml = "application/yaml"
  private static let protobuf = "application/vnd.kubernetes.protobuf"

  @Test(
    "an object in the format that the client likes best",
    arguments: [
      Row("", json), Row("*/*", json), Row("application/*, application/json", json), Row(yaml, yaml),
      Row(protobuf, protobuf),
      Row("application/yaml;q=0.5, application/json", json),
      Row("application/json;q=0.5, application/yaml", yaml),
      Row("application/xml, application/json;q=0.1", json),
      Row("application/vnd.kubernetes.protobuf,application/json", protobuf),
      // A wild clause stands behind one that is not, but for its quality.
      Row("*/*, application/yaml", yaml), Row("*/*;q=0.9, application/yaml", yaml),
      Row("application/yaml;q=0.5, */*", json),
      Row("application/json;charset=utf-8", json),
      // Parameters that nobody knows don't count.
      Row("application/yaml;charset=latin1, application/json", yaml),
      Row("application/yaml;stream=watch, application/json;stream=watch", json),
      Row("application/yaml;sv=v2, application/json;sv=v1", json),
      Row("application/json;\(table)", json, "Table"),
      Row("application/json;as=Table;g=meta.k8s.io;v=v1beta1", json, "Table"),
      Row("application/json;\(partial)", json, "PartialObjectMetadata"),
      Row("application/yaml;\(partial)", yaml, "PartialObjectMetadata"),
      Row("\(protobuf);\(partial)", protobuf, "PartialObjectMetadata"),
      Row("application/json;as=Table;g=meta.k8s.io;v=v7, application/json", json),
      Row("application/json;as=Chart;g=meta.k8s.io;v=v1, application/yaml", yaml),
      // A table has no protobuf form.
      Row("\(protobuf);\(table), application/json;\(table)", json, "Table"),
    ])
  func object(row: Row) async throws {
    let api = try TestAPI()
    api.put("configmaps", Self.example)
    let reply = await api.get(
      "/api/v1/namespaces/default/configmaps/a", row.accept.isEmpty ? [] : [("Accept", row.accept)])
    #expect(reply.status == 200)
    #expect(reply[header: "Content-Type"] == row.type)
    #expect(try Self.read(reply)["kind"]?.string == row.kind)
  }

  private static let example: Value = [
    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "default"],
    "data": ["x": "1"],
  ]

  private static func read(_ reply: Reply) throws -> Value {
    switch reply[header: "Content-Type"] {
    case yaml: try YAML.parse(reply.bytes)
    case protobuf: try KubernetesProtobuf.decode(reply.bytes)
    default: try JSON.parse(reply.bytes)
    }
  }

  @Test("the transforms come in the version that was asked for")
  func transformVersions() async throws {
    let api = try TestAPI()
    api.put("configmaps", Self.example)
    for version in ["v1", "v1beta1"] {
      for kind in ["Table", "PartialObjectMetadata"] {
        let reply = await api.get(
          "/api/v1/namespaces/default/configmaps/a",
          [("Accept", "application/json;as=\(kind);g=meta.k8s.io;v=\(version)")])
        #expect(reply.json["apiVersion"]?.string == "meta.k8s.io/\(version)")
        #expect(reply.json["kind"]?.string == kind)
      }
      let list = await api.get(
        "/api/v1/namespaces/default/configmaps",
        [("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=\(version)")])
      #expect(list.json["apiVersion"]?.string == "meta.k8s.io/\(version)")
      #expect(list.json["items"]?.array?.first?["apiVersion"]?.string == "meta.k8s.io/\(version)")
    }
  }

  @Test(
    "a media type that is not served is answered in words of the router, a form that is not by a list of types"
  )
  func notAcceptable() async throws {
    let api = try TestAPI()
    api.put("configmaps", Self.example)
    let unknown = await api.get("/api/v1/namespaces/default/configmaps/a", [("Accept", "text/html")])
    #expect(unknown.status == 406)
    #expect(
      unknown.message
        == "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
        + "application/vnd.kubernetes.protobuf")
    let form = await api.get(
      "/api/v1/namespaces/default/configmaps/a", [("Accept", "application/json;as=Table;g=meta.k8s.io;v=v9")])
    #expect(form.status == 406)
    #expect(
      form.message
        == "only the following media types are accepted: application/json, application/yaml, "
        + "application/vnd.kubernetes.protobuf")
    let list = await api.get(
      "/api/v1/namespaces/default/configmaps/a",
      [("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")])
    #expect(list.status == 406)
    // A list in the form of one object, likewise.
    let one = await api.get(
      "/api/v1/namespaces/default/configmaps", [("Accept", "application/json;\(Self.partial)")])
    #expect(one.status == 406)
  }

  @Test("a watch can't be had in YAML")
  func watchInYAML() async throws {
    let api = try TestAPI()
    let reply = await api.get("/api/v1/configmaps?watch=1", [("Accept", "application/yaml")])
    #expect(reply.status == 406)
    #expect(
      try YAML.parse(reply.bytes)["message"]?.string
        == "only the following media types are accepted: application/json;stream=watch, "
        + "application/vnd.kubernetes.protobuf;stream=watch")
  }

  @Test("a failure comes in the client's format, and as JSON where it accepts nothing that is served")
  func failures() async throws {
    let api = try TestAPI()
    let path = "/api/v1/namespaces/default/configmaps/none"
    let yaml = await api.get(path, [("Accept", "application/yaml")])
    #expect(yaml[header: "Content-Type"] == "application/yaml")
    #expect(try YAML.parse(yaml.bytes)["reason"]?.string == "NotFound")
    let protobuf = await api.get(path, [("Accept", Self.protobuf)])
    #expect(try KubernetesProtobuf.decode(protobuf.bytes)["reason"]?.string == "NotFound")
    // A form of the object is no form of a failure.
    let table = await api.get(
      path, [("Accept", "application/yaml;\(Self.table), application/json;\(Self.table)")])
    #expect(table[header: "Content-Type"] == "application/json")
    #expect(table.reason == "NotFound")
  }

  @Test(
    "indented for people, and on demand",
    arguments: [
      ("?pretty=true", "", true), ("?pretty=1", "", true), ("?pretty=T", "", true),
      ("?pretty=yes", "curl/8", false),
      ("?pretty=false", "curl/8", false), ("?pretty=", "curl/8", true), ("", "curl/8", true),
      ("", "Wget/1", true),
      ("", "Mozilla/5.0 (X11)", true), ("", "kubectl/v1.36", false), ("", "", false),
    ])
  func pretty(query: String, agent: String, isPretty: Bool) async throws {
    let api = try TestAPI()
    api.put("configmaps", Self.example)
    let reply = await api.get(
      "/api/v1/namespaces/default/configmaps/a\(query)", agent.isEmpty ? [] : [("User-Agent", agent)])
    #expect(reply.text.contains("\n  \"kind\"") == isPretty)
  }

  @Test("indented by a parameter of the media type")
  func prettyParameter() async throws {
    let api = try TestAPI()
    api.put("configmaps", Self.example)
    let reply = await api.get(
      "/api/v1/namespaces/default/configmaps/a", [("Accept", "application/json;pretty=1")])
    #expect(reply.text.contains("\n  \"kind\""))
  }

  @Test("headers of any length and shape are survived")
  func hostile() async throws {
    let api = try TestAPI()
    let long = Array(repeating: "application/json;q=0.\(1)", count: 5000).joined(separator: ",")
    for accept in [
      long, ",,,", ";", "/", "application/", "a/b/c", "*/*;q=x", "application/json;as=", "\u{7F}",
    ] {
      let reply = await api.get("/api/v1/namespaces", [("Accept", accept)])
      #expect([200, 406].contains(reply.status))
    }
  }
}
