import Testing

@testable import APIServer

/// What requests ask for, read from their paths.
@Suite struct RequestInfoTests {
  /// One row: method and target, and what they mean as `verb group/version namespace resource name`, with
  /// `-` for what is empty.
  struct Row: Sendable, CustomTestStringConvertible {
    let target: String
    let meaning: String

    init(_ target: String, _ meaning: String) {
      self.target = target
      self.meaning = meaning
    }

    var testDescription: String { target }
  }

  private static func info(_ target: String) -> RequestInfo {
    let words = target.split(separator: " ", maxSplits: 1).map(String.init)
    guard let request = TestAPI.request(words[0], words[1]) else { return RequestInfo() }
    return RequestInfo(method: request.method, path: request.path) { request.queryValue($0) }
  }

  private static func text(_ info: RequestInfo) -> String {
    let resource = info.subresource.isEmpty ? info.resource : "\(info.resource)/\(info.subresource)"
    return [info.verb, "\(info.apiGroup)/\(info.apiVersion)", info.namespace, resource, info.name]
      .map { $0.isEmpty ? "-" : $0 }.joined(separator: " ")
  }

  @Test(
    "paths of resources",
    arguments: [
      Row("GET /api/v1/pods", "list /v1 - pods -"),
      Row("GET /api/v1/namespaces/ns/pods", "list /v1 ns pods -"),
      Row("GET /api/v1/namespaces/ns/pods/", "list /v1 ns pods -"),
      Row("GET /api/v1/namespaces/ns/pods/x", "get /v1 ns pods x"),
      Row("HEAD /api/v1/namespaces/ns/pods/x", "get /v1 ns pods x"),
      Row("POST /api/v1/namespaces/ns/pods", "create /v1 ns pods -"),
      Row("PUT /api/v1/namespaces/ns/pods/x/status", "update /v1 ns pods/status x"),
      Row("PATCH /apis/apps/v1/namespaces/ns/deployments/x/scale", "patch apps/v1 ns deployments/scale x"),
      Row("DELETE /apis/apps/v1/namespaces/ns/deployments/x", "delete apps/v1 ns deployments x"),
      Row("DELETE /apis/apps/v1/namespaces/ns/deployments", "deletecollection apps/v1 ns deployments -"),
      Row("OPTIONS /api/v1/pods", "- /v1 - pods -"),
      Row("BREW /api/v1/pods", "- /v1 - pods -"),
      // Namespaces are objects and folders.
      Row("GET /api/v1/namespaces", "list /v1 - namespaces -"),
      Row("GET /api/v1/namespaces/ns", "get /v1 ns namespaces ns"),
      Row("PUT /api/v1/namespaces/ns/status", "update /v1 ns namespaces/status ns"),
      Row("PUT /api/v1/namespaces/ns/finalize", "update /v1 ns namespaces/finalize ns"),
      // Proxies have a path of their own behind them.
      Row("GET /api/v1/namespaces/ns/pods/x/proxy/a/b", "get /v1 ns pods/proxy x"),
      Row("GET /api/v1/nodes/n/proxy", "get /v1 - nodes/proxy n"),
      Row("GET /api/v1/proxy/namespaces/ns/pods/x/a", "proxy /v1 ns pods x"),
      // Escapes are read before the path is cut.
      Row("GET /api/v1/namespaces/ns/pods/a%2Flog", "get /v1 ns pods/log a"),
      Row("GET /api/v1/namespaces/ns/pods/a%20b", "get /v1 ns pods a b"),
      // An empty part is a part.
      Row("GET /api/v1/namespaces//pods", "list /v1 - pods -"),
      Row("GET /api/v1//pods", "get /v1 - - pods"),
    ])
  func resources(row: Row) {
    #expect(Self.text(Self.info(row.target)) == row.meaning)
    #expect(Self.info(row.target).isResourceRequest)
  }

  @Test(
    "watches, by query and by path",
    arguments: [
      Row("GET /api/v1/pods?watch=1", "watch /v1 - pods -"),
      Row("GET /api/v1/pods?watch", "watch /v1 - pods -"),
      Row("GET /api/v1/pods?watch=yes", "watch /v1 - pods -"),
      Row("GET /api/v1/pods?watch=0", "list /v1 - pods -"),
      Row("GET /api/v1/pods?watch=False", "list /v1 - pods -"),
      Row("GET /api/v1/pods?watch=false&watch=true", "list /v1 - pods -"),
      Row("GET /api/v1/namespaces/ns/pods/x?watch=1", "get /v1 ns pods x"),
      Row("GET /api/v1/watch/pods", "watch /v1 - pods -"),
      Row("GET /apis/apps/v1/watch/namespaces/ns/deployments/x", "watch apps/v1 ns deployments x"),
    ])
  func watches(row: Row) { #expect(Self.text(Self.info(row.target)) == row.meaning) }

  @Test(
    "a list of one name is a request about that name",
    arguments: [
      Row("GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dx", "list /v1 ns pods x"),
      Row(
        "GET /api/v1/namespaces/ns/pods?watch=1&fieldSelector=metadata.name%3D%3Dx,spec.nodeName%3Dn",
        "watch /v1 ns pods x"),
      Row("GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name!%3Dx", "list /v1 ns pods -"),
      Row("GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3D..", "list /v1 ns pods -"),
      Row("GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Da/b", "list /v1 ns pods -"),
      Row(
        "DELETE /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dx", "deletecollection /v1 ns pods -"),
    ])
  func names(row: Row) { #expect(Self.text(Self.info(row.target)) == row.meaning) }

  @Test("selectors of lists, watches and collections are kept for authorizers")
  func selectors() {
    let list = Self.info("GET /api/v1/pods?labelSelector=a%3Db&fieldSelector=spec.nodeName%3Dn")
    #expect(list.labelSelector == "a=b")
    #expect(list.fieldSelector == "spec.nodeName=n")
    #expect(Self.info("GET /api/v1/namespaces/ns/pods/x?labelSelector=a").labelSelector.isEmpty)
  }

  @Test(
    "other paths",
    arguments: [
      "/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz/ping", "/metrics",
      "/apix/v1/pods",
    ])
  func others(path: String) {
    let info = Self.info("GET \(path)")
    #expect(!info.isResourceRequest)
    #expect(info.verb == "get")
    #expect(info.path == path)
  }
}
