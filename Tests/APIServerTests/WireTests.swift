import HTTPService
import NIOHTTP1
import Schema
import Synchronization
import Testing
import Values

@testable import APIServer

/// What is the same for every request: identity, limits, headers.
@Suite(.timeLimit(.minutes(3))) struct WireTests {
  private static let path = "/api/v1/namespaces/default/configmaps"

  // MARK: - Who

  @Test("a credential that is no good is refused, without details")
  func unauthorized() async throws {
    let reply = await (try TestAPI()).get(Self.path, [("X-Test-User", "nobody")])
    #expect(reply.status == 401)
    #expect(
      reply.json == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": "Unauthorized",
        "reason": "Unauthorized", "code": 401,
      ])
  }

  @Test("on HTTP/2 the connection ends with a request of somebody unknown")
  func unknownClients() async throws {
    let api = try TestAPI()
    for (user, version, closes) in [
      ("nobody", HTTPVersion.http2, true), ("anonymous", .http2, true), ("admin", .http2, false),
      ("nobody", .http1_1, false), ("anonymous", .http1_1, false),
    ] {
      let reply = await api.ask("GET", "/healthz", [("X-Test-User", user)], version: version)
      #expect((reply[header: "Connection"] == "close") == closes, "\(user) \(version)")
    }
    let impersonated = await api.ask(
      "GET", "/version", [("Impersonate-User", "system:anonymous")], version: .http2)
    #expect(impersonated[header: "Connection"] == nil)
  }

  @Test("who may not is told what")
  func forbidden() async throws {
    let api = try TestAPI(grants: ["eve get configmaps"])
    let user = [("X-Test-User", "eve")]
    let list = await api.get(Self.path, user)
    #expect(list.status == 403)
    #expect(
      list.json == [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
        "message":
          #"configmaps is forbidden: User "eve" cannot list resource "configmaps" in API group "" in the namespace "default""#,
        "reason": "Forbidden", "details": ["kind": "configmaps"], "code": 403,
      ])
    #expect(await api.get("\(Self.path)/none", user).status == 404)
    #expect(await api.get("/metrics", user).message == #"forbidden: User "eve" cannot get path "/metrics""#)
  }

  @Test("impersonation needs a permission of its own")
  func impersonation() async throws {
    let api = try TestAPI(grants: ["eve impersonate users", "bob get configmaps"])
    let refused = await api.get("\(Self.path)/none", [("X-Test-User", "mal"), ("Impersonate-User", "bob")])
    #expect(refused.status == 403)
    let asBob = await api.get("\(Self.path)/none", [("X-Test-User", "eve"), ("impersonate-user", "bob")])
    #expect(asBob.status == 404)
    let groups = await api.get(Self.path, [("Impersonate-Group", "g")])
    #expect(groups.status == 400)
  }

  // MARK: - Headers

  @Test("the audit id is the client's, if it is fit to be one")
  func auditID() async throws {
    let api = try TestAPI()
    #expect(await api.get("/version", [("Audit-ID", "abc-123")])[header: "Audit-Id"] == "abc-123")
    for bad in ["", "a b", String(repeating: "x", count: 65), "a\u{7}"] {
      let id = try #require(await api.get("/version", [("Audit-ID", bad)])[header: "Audit-Id"])
      #expect(id.count == 36)
      #expect(id != bad)
    }
    let reply = await api.get(Self.path)
    #expect(reply[header: "Cache-Control"] == "no-cache, private")
    #expect(reply.headers["Audit-Id"].count == 1)
  }

  @Test("warnings are quoted")
  func warnings() async throws {
    let api = try TestAPI()
    let reply = await api.ask("POST", Self.path, bytes: Array(#"{"metadata":{"name":"a"},"da\"ta":1}"#.utf8))
    #expect(reply.status == 201)
    #expect(reply.warnings == [#"299 - "unknown field \"da\\\"ta\"""#])
  }

  @Test("warnings: each once, none with line breaks, and no more than headers can hold")
  func manyWarnings() {
    var few = WarningList()
    for text in ["a", "b", "a", "", "x\ny"] { few.add(text) }
    #expect(few.texts == ["a", "b"])
    var many = WarningList()
    for i in 0..<1000 { many.add("\(i)" + String(repeating: "é", count: 1000)) }
    #expect(many.texts.count == 16)
    #expect(many.texts.allSatisfy { $0.unicodeScalars.count == 256 })
    var long = WarningList()
    long.add(String(repeating: "x", count: 1_000_000))
    #expect(long.texts.map(\.count) == [256])
    var short = WarningList()
    for i in 100..<1000 { short.add("warning \(i)") }
    #expect(short.texts.count > 341)
    #expect(short.texts.joined().count < 4200)
  }

  @Test("thousands of unknown fields make headers of a bounded size")
  func hostileWarnings() async throws {
    let api = try TestAPI()
    let fields = (0..<5000).map { #""field\#($0)\#(String(repeating: "x", count: 100))":1"# }.joined(
      separator: ",")
    let reply = await api.ask("POST", Self.path, bytes: Array(#"{"metadata":{"name":"a"},\#(fields)}"#.utf8))
    #expect(reply.status == 201)
    #expect(reply.warnings.joined().utf8.count < 8192)
  }

  // MARK: - How long

  @Test("a timeout in the query must be a duration")
  func badTimeout() async throws {
    let api = try TestAPI()
    let bad = await api.get("\(Self.path)?timeout=soon")
    #expect(bad.status == 400)
    #expect(
      bad.message == #"invalid timeout specified in the request URL - time: invalid duration "soon""#)
    #expect(await api.get("\(Self.path)?timeout=5").message.hasSuffix(#"time: missing unit in duration "5""#))
    for good in ["0", "10s", "1h30m", "1.5s", ""] {
      #expect(await api.get("\(Self.path)?timeout=\(good)").status == 200)
    }
    // A watch has its own way to say it.
    #expect(await api.get("\(Self.path)?watch=1&timeout=soon").status == 200)
  }

  @Test("a request that takes too long is ended with 504")
  func deadline() async throws {
    let plugin = GatePlugin()
    let api = try TestAPI(plugins: [plugin])
    let reply = await api.create("\(Self.path)?timeout=50ms", Example.configMap("a"))
    #expect(reply.status == 504)
    #expect(reply.reason == "Timeout")
    #expect(
      reply.message
        == "Timeout: request did not complete within requested timeout - context deadline exceeded")
    let server = try TestAPI(plugins: [plugin]) { $0.requestTimeout = .milliseconds(50) }
    #expect(await server.create(Self.path, Example.configMap("a")).status == 504)
    plugin.open()
    #expect(await server.create(Self.path, Example.configMap("a")).status == 201)
  }

  // MARK: - How many

  @Test("past the limit of requests at a time, others are told to come again, but not all")
  func flowControl() async throws {
    let plugin = GatePlugin()
    let api = try TestAPI(grants: ["eve create configmaps", "eve get /livez"], plugins: [plugin]) {
      $0.maxMutatingInFlight = 2
      $0.maxReadOnlyInFlight = 1
    }
    async let first = api.create(Self.path, Example.configMap("a"))
    async let second = api.create(Self.path, Example.configMap("b"))
    while api.server.flowControl.inFlight.mutating < 2 { await Task.yield() }
    let refused = await api.create(Self.path, Example.configMap("c"))
    #expect(refused.status == 429)
    #expect(refused.text == "Too many requests, please try again later.\n")
    #expect(refused[header: "Retry-After"] == "1")
    #expect(refused[header: "Content-Type"] == "text/plain; charset=utf-8")
    // Reads are counted apart, and the most powerful are let in.
    #expect(await api.get(Self.path).status == 200)
    let root = [("X-Test-User", "root,system:masters")]
    #expect(await api.send("DELETE", "\(Self.path)/none", [:], root).status == 404)
    plugin.open()
    #expect(await first.status == 201)
    #expect(await second.status == 201)
    #expect(api.server.flowControl.inFlight == (0, 0))
  }

  // MARK: - Hostile paths

  @Test("names with odd characters are names")
  func oddNames() async throws {
    let api = try TestAPI()
    for name in [
      "%00", "%2e%2e", "a%0Ab", "%F0%9F%92%A9", "%FF", "..", String(repeating: "n", count: 10_000), "%3Fx",
      "*",
    ] {
      let reply = await api.get("\(Self.path)/\(name)")
      #expect([400, 404].contains(reply.status), "\(name)")
      #expect((try? JSON.parse(reply.bytes)) != nil)
      #expect(await api.update("\(Self.path)/\(name)", Example.configMap("a")).status >= 400)
    }
  }
}
