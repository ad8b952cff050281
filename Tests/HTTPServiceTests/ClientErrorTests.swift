import HTTPService
import Security
import ServerSupport
import Testing

/// Errors read as Go's `net/http` writes them, which users of Kubernetes know.
@Suite(.timeLimit(.minutes(1))) struct ClientErrorTests {
  private let client: HTTPClient

  init() throws { client = try HTTPClient() }

  private func text(_ client: HTTPClient, _ request: ClientRequest) async -> String {
    do throws(HTTPClientError) {
      return "\(try await client.send(request).status)"
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    ("ftp://a/b", "Post \"ftp://a/b\": unsupported protocol scheme \"ftp\""),
    ("a/b", "Post \"a/b\": unsupported protocol scheme \"\""),
    ("http://", "Post \"http://\": http: no Host in request URL"),
    ("http:///x", "Post \"http:///x\": http: no Host in request URL"),
    ("http://a:b/", "parse \"http://a:b/\": invalid port \":b\" after host"),
    ("http://a:99999/", "parse \"http://a:99999/\": invalid port \":99999\" after host"),
    ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
    ("http://[::1/", "parse \"http://[::1/\": missing ']' in host"),
    ("http://a/\n", "parse \"http://a/\\x0a\": net/url: invalid control character in URL"),
  ])
  func badAddresses(_ url: String, _ error: String) async throws {
    #expect(await text(client, ClientRequest(.POST, url)) == error)
  }

  @Test func refusedConnections() async throws {
    let server = try await StandInServer.start { _ in .text("") }
    await server.stop()
    let place = "127.0.0.1:\(server.address.port)"
    #expect(
      await text(client, ClientRequest(.POST, "https://user:secret@\(place)/x?timeout=10s"))
        == "Post \"https://user:***@\(place)/x?timeout=10s\": dial tcp \(place): connect: connection refused")
  }

  @Test func unknownHosts() async throws {
    let error = await text(client, ClientRequest(.GET, "https://nosuch.invalid/"))
    #expect(error.hasPrefix("Get \"https://nosuch.invalid/\": dial tcp: lookup nosuch.invalid on "))
  }

  @Test func certificatesThatAreNotBelieved() async throws {
    let authority = try TestAuthority()
    let others = try HTTPClient(tls: .init(trust: .authorities([try TestAuthority().certificate])))
    let own = try HTTPClient(tls: .init(trust: .authorities([authority.certificate])))
    let named = try HTTPClient(
      tls: .init(trust: .authorities([authority.certificate]), serverName: "a.example"))
    let trusting = try HTTPClient(tls: .init(trust: .anyone))
    let identity = try authority.server(names: ["a.example"], addresses: ["127.0.0.2"])
    try await StandInServer.with(authority: authority, identity: identity) { _ in
      .text("")
    } test: { server in
      let request = ClientRequest(.GET, server.url)
      let start = "Get \"\(server.url)\": tls: failed to verify certificate: x509: certificate "
      #expect(await text(others, request) == start + "signed by unknown authority")
      #expect(await text(own, request) == start + "is valid for 127.0.0.2, not 127.0.0.1")
      let byName = ClientRequest(.GET, "https://b.example/", connectTo: server.address)
      #expect(
        await text(own, byName)
          == "Get \"https://b.example/\": tls: failed to verify certificate: x509: certificate is valid for "
          + "a.example, not b.example")
      #expect(await text(named, request) == "200")
      #expect(await text(trusting, request) == "200")
    }
  }

  @Test func serversThatSpeakOtherwise() async throws {
    let client = try HTTPClient(tls: .init(trust: .anyone))
    try await StandInServer.with(tls: false) { _ in
      .text("")
    } test: { server in
      let url = "https://\(server.address)/"
      #expect(
        await text(client, ClientRequest(.GET, url))
          == "Get \"\(url)\": http: server gave HTTP response to HTTPS client")
    }
    try await StandInServer.with { _ in
      .text("")
    } test: { server in
      #expect(await text(client, ClientRequest(.GET, "http://\(server.address)/")) == "400")
    }
  }

  @Test func aKeptConnectionThatEndsWithoutAnAnswerIsReplacedOnce() async throws {
    // Every connection answers once, and closes at its second request.
    try await RawServer.with { _, request in
      request == 1 ? ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false) : ("", true)
    } test: { server in
      for _ in 0..<3 {
        #expect(await text(client, ClientRequest(.POST, "http://\(server.address)/", body: [1])) == "200")
      }
    }
    // A new connection that closes is not tried again.
    try await RawServer.with { connection, _ in
      connection == 1 ? ("", true) : ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false)
    } test: { server in
      let url = "http://\(server.address)/"
      #expect(await text(client, ClientRequest(.POST, url)) == "Post \"\(url)\": EOF")
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "unexpected EOF"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "unexpected EOF"),
    ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", "200"),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204"),
    (
      "tea\r\n\r\n",
      "Get \"URL\": net/http: HTTP/1.x transport connection broken: malformed HTTP response"
    ),
    (
      "HTTP/1.1 200 OK\r\nA: \(String(repeating: "a", count: 3 << 20))",
      "Get \"URL\": net/http: server response headers exceeded 1048576 bytes; aborted"
    ),
  ])
  func brokenAnswers(_ answer: String, _ outcome: String) async throws {
    try await RawServer.with { _, _ in
      (answer, true)
    } test: { server in
      let url = "http://\(server.address)/"
      let expected = outcome.replacing("URL", with: url)
      #expect(await text(client, ClientRequest(.GET, url)) == expected)
    }
  }

  @Test func headersThatCantBeSent() async throws {
    try await StandInServer.with(tls: false) { _ in
      .text("")
    } test: { server in
      let request = ClientRequest(.GET, server.url, headers: ["Authorization": "Bearer a\r\nX: y"])
      #expect(
        await text(client, request)
          == "Get \"\(server.url)\": net/http: invalid header field value")
      #expect(server.requestCount == 0)
    }
  }
}
