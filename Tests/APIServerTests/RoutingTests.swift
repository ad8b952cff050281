import Schema
import Testing
import Values

@testable import APIServer

/// What is answered before any endpoint is reached: methods, paths and media types that there are not.
@Suite struct RoutingTests {
  private static let collection = "/api/v1/namespaces/default/configmaps"
  private static let types = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
  private static let streams =
    "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"

  /// A request and its answer's status and message.
  struct Row: Sendable, CustomTestStringConvertible {
    let method: String
    let path: String
    let status: Int
    let message: String?
    let accept: String?

    init(_ method: String, _ path: String, _ status: Int, _ message: String? = nil, accept: String? = nil) {
      self.method = method
      self.path = path
      self.status = status
      self.message = message
      self.accept = accept
    }

    var testDescription: String { "\(method) \(path) \(accept ?? "")" }
  }

  private static let noPath = "the server could not find the requested resource"
  private static let noMethod = "the server does not allow this method on the requested resource"

  @Test(
    "methods and paths",
    arguments: [
      Row("HEAD", collection, 405), Row("HEAD", "/api/v1", 405), Row("HEAD", "/version", 405),
      Row("POST", "/version", 405, noMethod), Row("GET", "/version/x", 404, noPath),
      Row("GET", "/api/v2", 404, noPath), Row("GET", "/openid/v1/jwks/x", 404, noPath),
      // What no router guards is answered whatever the method is.
      Row("HEAD", "/livez", 200), Row("POST", "/openapi/v3", 200), Row("POST", "/apis", 200),
      Row("POST", "/apis/apps", 200), Row("POST", "/apis/apps/v1", 405, noMethod),
      // Only what can be listed has a path to all namespaces.
      Row("POST", "/api/v1/bindings", 404, noPath), Row("POST", "/api/v1/configmaps", 405, noMethod),
    ])
  func paths(row: Row) async throws { try await check(row) }

  @Test(
    "media types",
    arguments: [
      Row("GET", "\(collection)/a", 406, router(types), accept: "text/html"),
      Row("GET", collection, 406, router("\(types), \(streams)"), accept: "text/html"),
      Row("POST", collection, 406, router(types), accept: "text/html"),
      Row("DELETE", "\(collection)/a", 406, router(types), accept: "text/html"),
      // The router reads types to the letter, and knows one wild one only.
      Row("GET", "\(collection)/a", 406, router(types), accept: "application/*"),
      Row("GET", "\(collection)/a", 406, router(types), accept: "Application/JSON"),
      Row("GET", "\(collection)/a", 404, accept: "text/html, */*;q=0.1"),
      Row("GET", "/api/v1", 406, router(types), accept: "text/html"),
      Row("GET", "/version", 406, router("application/json"), accept: "text/html"),
      Row("GET", "/apis", 406, negotiated(types), accept: "text/html"),
      Row("GET", "/apis/apps", 406, negotiated(types), accept: "text/html"),
      Row("GET", "\(collection)/a", 406, negotiated(types), accept: "application/json;stream=x"),
    ])
  func mediaTypes(row: Row) async throws { try await check(row) }

  private static func router(_ types: String) -> String {
    "406: Not Acceptable\n\nAvailable representations: \(types)"
  }

  private static func negotiated(_ types: String) -> String {
    "only the following media types are accepted: \(types)"
  }

  private func check(_ row: Row) async throws {
    let reply = await (try TestAPI()).ask(row.method, row.path, row.accept.map { [("Accept", $0)] } ?? [])
    #expect(reply.status == row.status)
    if let message = row.message { #expect(reply.message == message) }
  }

  @Test("what is a list can't be shown as one object's metadata, nor the other way round")
  func metadataOfTheOtherKind() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.collection, Example.configMap("a"))
    func ask(_ path: String, _ kind: String) async -> Reply {
      await api.get(path, [("Accept", "application/json;as=\(kind);v=v1;g=meta.k8s.io")])
    }
    let list = await ask(Self.collection, "PartialObjectMetadata")
    #expect(list.status == 406)
    #expect(
      list.message
        == "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)")
    let object = await ask("\(Self.collection)/a", "PartialObjectMetadataList")
    #expect(
      object.message
        == "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)"
    )
  }

  @Test("a content type with a parameter that is none is none itself")
  func malformedContentType() async throws {
    let api = try TestAPI()
    func post(_ type: String) async -> Int {
      await api.send("POST", Self.collection, Example.configMap("a"), type: type).status
    }
    #expect(await post("application/json; charset") == 415)
    #expect(await post("application/json; charset=utf-8;") == 201)
  }
}
