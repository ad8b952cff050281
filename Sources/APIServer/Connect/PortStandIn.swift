import HTTPService
import NIOCore
import NIOHTTP1
import Values

/// What stands in for the programs that listen on the ports of a pod, a service or a node.
struct PortStandIn: Sendable {
  let answers: PortAnswers
  let allowed: StandInAddresses

  /// Why nobody answers on a port, in the words of Go's `net`.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Where a port leads; nil where nothing listens on it.
  /// - Throws: where it leads to an address that isn't allowed.
  func answer(on port: Int) throws(Failure) -> PortAnswers.Answer? {
    let answer = answers.answer(on: port)
    if case .address(let address)? = answer, !allowed.allows(address) {
      throw Failure(
        description: "dial tcp \(address): the server has no --stand-in-address that allows it")
    }
    return answer
  }

  /// Connects to a port.
  func connect(to port: Int) async throws(Failure) -> any ByteStream {
    switch try answer(on: port) {
    case nil: throw Failure(description: "dial tcp4 127.0.0.1:\(port): connect: connection refused")
    case .echo:
      return Self.serving { stream in
        while let bytes = try await stream.read() { try await stream.write(bytes) }
      }
    case .text(let text): return Self.serving { try await $0.write(ByteBuffer(bytes: text)) }
    case .http(let answers):
      do { return try await InProcessConnection.open(to: HTTPStandIn(answers: answers)) } catch {
        throw Failure(description: "\(error)")
      }
    case .address(let address):
      do throws(HTTPClientError) { return try await ConnectionStream.connect(to: address) } catch {
        throw Failure(description: error.description)
      }
    }
  }

  /// - Returns: the other end of a stream that is served until its program ends.
  private static func serving(
    _ program: @escaping @Sendable (PipeStream) async throws -> Void
  ) -> PipeStream {
    let (near, far) = PipeStream.pair()
    Task {
      try? await program(far)
      await far.finish()
      // What nobody reads is thrown away, so that the other end isn't kept waiting.
      while (try? await far.read()) != nil {}
    }
    return near
  }
}

/// A web server that gives the answers it was told to.
struct HTTPStandIn: HTTPResponder {
  let answers: [PortAnswers.HTTPAnswer]
  private static let maximumBodyBytes = 1 << 20

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard let answer = answers.first(where: { Self.fits($0, request) }) else {
      return HTTPResponse(
        status: 404, headers: ["Content-Type": "text/plain; charset=utf-8"],
        body: .bytes(Array("404 page not found\n".utf8)))
    }
    guard let bytes = answer.body else { return await Self.echo(request) }
    var headers = HTTPHeaders()
    for header in answer.headers { headers.add(name: header.name, value: header.value) }
    if !headers.contains(name: "Content-Type") {
      headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
    }
    return HTTPResponse(status: answer.status, headers: headers, body: .bytes(bytes))
  }

  private static func fits(_ answer: PortAnswers.HTTPAnswer, _ request: HTTPRequest) -> Bool {
    if let method = answer.method, method != request.method { return false }
    guard let path = answer.path else { return true }
    return path.hasSuffix("*") ? request.path.hasPrefix(path.dropLast()) : request.path == path
  }

  /// Tells in JSON what was asked.
  private static func echo(_ request: HTTPRequest) async -> HTTPResponse {
    let body = try? await request.body.collect(upTo: maximumBodyBytes)
    var headers: Object = [:]
    for (name, value) in request.headers {
      let name = name.lowercased()
      headers[name] = .string(headers[name]?.string.map { "\($0), \(value)" } ?? value)
    }
    let told: Value = [
      "method": .string(request.method), "path": .string(request.path), "query": .string(request.rawQuery),
      "headers": .object(headers), "body": .string(body.map { String(buffer: $0) } ?? ""),
    ]
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: .bytes(JSON.encode(told)))
  }
}
