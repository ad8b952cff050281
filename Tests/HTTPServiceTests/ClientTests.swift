import HTTPService
import NIOHTTP1
import Security
import ServerSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  /// A client that believes the server.
  private func client(
    _ server: StandInServer, options: HTTPClientOptions = HTTPClientOptions(),
    identity: TLSClientSettings.Identity? = nil, serverName: String? = nil
  ) throws -> HTTPClient {
    let roots = server.authority.map { [$0.certificate] } ?? []
    return try HTTPClient(
      tls: TLSClientSettings(trust: .authorities(roots), identity: identity, serverName: serverName),
      options: options)
  }

  /// What a request fails with.
  private func failure(_ client: HTTPClient, _ request: ClientRequest) async -> HTTPClientError? {
    do throws(HTTPClientError) {
      _ = try await client.send(request)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [true, false]) func aRequestIsAnsweredAndTheConnectionKept(_ tls: Bool) async throws {
    try await StandInServer.with(tls: tls) { request in
      .text(
        "\(request.method) \(request.target) \(String(decoding: request.body, as: UTF8.self))", status: 201)
    } test: { server in
      let client = try client(server)
      for number in 1...3 {
        let answer = try await client.send(
          ClientRequest(.POST, "\(server.url)/a%20b?c=\(number)", body: Array("hello".utf8)))
        #expect(answer.status == 201)
        #expect(String(decoding: answer.body, as: UTF8.self) == "POST /a%20b?c=\(number) hello")
        #expect(answer.headers.first(name: "content-type") == "text/plain")
      }
      #expect(Set(server.requests.map(\.remoteAddress)).count == 1)
      #expect(server.requests[0].headers["Host"] == ["\(server.address)"])
      #expect(server.requests[0].headers["Accept-Encoding"] == [])
      await client.shutdown()
      #expect(await failure(client, ClientRequest(.GET, server.url))?.kind == .cancelled)
    }
  }

  @Test func answersWithoutALengthAndLongOnesArrive() async throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20)
    try await StandInServer.with { request in
      guard request.path == "/stream" else { return HTTPResponse(status: 200, body: .bytes(long)) }
      return HTTPResponse(
        status: 200,
        body: .stream { writer in
          for _ in 0..<20 { try await writer.write([UInt8](repeating: 1, count: 1000)) }
        })
    } test: { server in
      let client = try client(server)
      #expect(try await client.send(ClientRequest(.GET, server.url + "/stream")).body.count == 20_000)
      #expect(try await client.send(ClientRequest(.GET, server.url)).body == long)
      #expect(try await client.send(ClientRequest(.HEAD, server.url)).body.isEmpty)
      let tooLong = await failure(client, ClientRequest(.GET, server.url, maximumResponseBytes: 1000))
      #expect(tooLong?.description == "http: response body is longer than 1000 bytes")
      await client.shutdown()
    }
  }

  @Test func aConnectionThatTheServerClosedIsReplaced() async throws {
    let server = try await StandInServer.start(tls: false) { _ in .text("first") }
    let client = try client(server)
    let port = server.address.port
    // The kept connection is to an address where another server answers later.
    let first = ClientRequest(.POST, server.url)
    #expect(try await client.send(first).status == 200)
    await server.stop()
    #expect(
      await failure(client, first)?.description
        == "Post \"http://127.0.0.1:\(port)\": dial tcp 127.0.0.1:\(port): connect: connection refused")
    await client.shutdown()
  }

  @Test func aServerThatClosesWithoutAnAnswerIsAskedOnceMore() async throws {
    // Answers the first request of a connection, and closes the connection at the second.
    let seen = Mutex<[String: Int]>([:])
    try await StandInServer.with(tls: false) { request in
      let connection = "\(request.remoteAddress?.port ?? 0)"
      let count = seen.withLock { seen in
        seen[connection, default: 0] += 1
        return seen[connection, default: 0]
      }
      return count == 1 ? .text("ok") : HTTPResponse(status: 200, body: .stream { _ in throw Closed() })
    } test: { server in
      let client = try client(server)
      #expect(try await client.send(ClientRequest(.POST, server.url)).status == 200)
      // The status line was sent, so the second answer is broken, not missing.
      #expect(await failure(client, ClientRequest(.POST, server.url))?.description == "unexpected EOF")
      #expect(try await client.send(ClientRequest(.POST, server.url)).status == 200)
      await client.shutdown()
    }
  }

  private struct Closed: Error {}

  @Test func timeIsBoundedAndTasksCanBeCancelled() async throws {
    try await StandInServer.with { _ in
      try? await Task.sleep(for: .seconds(60))
      return .text("late")
    } test: { server in
      let client = try client(server)
      let slow = ClientRequest(.GET, server.url, timeout: .milliseconds(50))
      #expect(
        await failure(client, slow)?.description == "Get \"\(server.url)\": context deadline exceeded")
      let task = Task { await failure(client, ClientRequest(.GET, server.url)) }
      try await Task.sleep(for: .milliseconds(20))
      task.cancel()
      #expect(await task.value?.description == "Get \"\(server.url)\": context canceled")
      await client.shutdown()
    }
  }

  @Test func connectionsOfAHostAreBounded() async throws {
    var options = HTTPClientOptions()
    options.maxConnectionsPerHost = 2
    options.maxIdleConnectionsPerHost = 1
    let running = Mutex((now: 0, most: 0))
    try await StandInServer.with(tls: false) { _ in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      try? await Task.sleep(for: .milliseconds(2))
      running.withLock { $0.now -= 1 }
      return .text("ok")
    } test: { server in
      let client = try client(server, options: options)
      await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<30 { group.addTask { try? await client.send(ClientRequest(.GET, server.url)).status } }
        for await status in group { #expect(status == 200) }
      }
      #expect(running.withLock(\.most) == 2)
      #expect(client.idleConnectionCount <= 1)
      await client.shutdown()
    }
  }

  @Test func anIdleConnectionIsClosedAfterAWhile() async throws {
    var options = HTTPClientOptions()
    options.idleTimeout = .milliseconds(10)
    try await StandInServer.with { _ in
      .text("ok")
    } test: { server in
      let client = try client(server, options: options)
      #expect(try await client.send(ClientRequest(.GET, server.url)).status == 200)
      #expect(await eventually { client.idleConnectionCount == 0 })
      #expect(try await client.send(ClientRequest(.GET, server.url)).status == 200)
      #expect(Set(server.requests.map(\.remoteAddress)).count == 2)
      await client.shutdown()
    }
  }

  @Test func redirectsAreFollowedOnlyWhenAsked() async throws {
    try await StandInServer.with(tls: false) { request in
      switch request.path {
      case "/a": HTTPResponse(status: 302, headers: ["Location": "b/../c?d=e"])
      case "/same": HTTPResponse(status: 307, headers: ["Location": "/c"])
      case "/round": HTTPResponse(status: 301, headers: ["Location": "/round"])
      default: .text("\(request.method) \(request.target) \(request.body.count)")
      }
    } test: { server in
      let plain = try client(server)
      #expect(try await plain.send(ClientRequest(.POST, "\(server.url)/a")).status == 302)
      var options = HTTPClientOptions()
      options.redirectLimit = 10
      let client = try client(server, options: options)
      let changed = try await client.send(ClientRequest(.POST, "\(server.url)/a", body: [1]))
      #expect(String(decoding: changed.body, as: UTF8.self) == "GET /c?d=e 0")
      let same = try await client.send(ClientRequest(.POST, "\(server.url)/same", body: [1]))
      #expect(String(decoding: same.body, as: UTF8.self) == "POST /c 1")
      #expect(
        await failure(client, ClientRequest(.GET, "\(server.url)/round"))?.description
          == "Get \"\(server.url)/round\": stopped after 10 redirects")
      await client.shutdown()
      await plain.shutdown()
    }
  }

  @Test func anotherAddressMayStandForTheURLs() async throws {
    let authority = try TestAuthority()
    let identity = try authority.server(names: ["hook.default.svc"], addresses: [])
    try await StandInServer.with(authority: authority, identity: identity) { request in
      .text(request.headers["Host"].joined())
    } test: { server in
      let client = try client(server)
      let answer = try await client.send(
        ClientRequest(.GET, "https://hook.default.svc:443/validate", connectTo: server.address))
      #expect(String(decoding: answer.body, as: UTF8.self) == "hook.default.svc:443")
      await client.shutdown()
    }
  }

  @Test func clientCertificatesAreShown() async throws {
    try await StandInServer.with(requiresClientCertificate: true) { request in
      .text(request.clientCertificates.first?.subject.commonName ?? "")
    } test: { server in
      let authority = try #require(server.authority)
      let nobody = try client(server)
      #expect(try await nobody.send(ClientRequest(.GET, server.url)).status == 401)
      let jane = try client(server, identity: .fixed(authority.client("jane")))
      let answer = try await jane.send(ClientRequest(.GET, server.url))
      #expect(String(decoding: answer.body, as: UTF8.self) == "jane")
      let folder = try TemporaryFolder()
      let joe = try authority.client("joe")
      let files = TLSClientSettings.Identity.files(
        certificate: try folder.write(joe.certificatePEM, to: "cert.pem"),
        key: try folder.write(joe.keyPEM, to: "key.pem"))
      let other = try client(server, identity: files)
      #expect(
        String(decoding: try await other.send(ClientRequest(.GET, server.url)).body, as: UTF8.self) == "joe")
      await nobody.shutdown()
      await jane.shutdown()
      await other.shutdown()
    }
  }
}
