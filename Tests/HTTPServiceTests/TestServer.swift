import HTTPService
import Logging
import NIOCore
import Synchronization
import Testing

/// A responder made of a closure.
struct Responder: HTTPResponder {
  let body: @Sendable (HTTPRequest) async -> HTTPResponse

  func respond(to request: HTTPRequest) async -> HTTPResponse { await body(request) }
}

/// Runs a test against a server of its own, and stops the server afterwards.
func withServer(
  _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
  respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse,
  test: (HTTPServer, HTTPAddress) async throws -> Void
) async throws {
  var configuration = HTTPServerConfiguration()
  configuration.threads = 1
  configure(&configuration)
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  let server = HTTPServer(configuration: configuration, responder: Responder(body: respond), logger: logger)
  let address = try #require(try await server.start().first)
  do {
    try await test(server, address)
  } catch {
    await server.drain(deadline: .zero)
    throw error
  }
  await server.drain(deadline: .zero)
}

/// Answers with the method, the path, and the body of the request.
@Sendable func echo(_ request: HTTPRequest) async -> HTTPResponse {
  do {
    let body = try await request.body.collect(upTo: 1 << 20)
    return text("\(request.method) \(request.path) \(String(buffer: body))")
  } catch {
    return text("\(error)", status: 413)
  }
}

func text(_ text: String, status: Int = 200) -> HTTPResponse {
  HTTPResponse(status: status, headers: ["Content-Type": "text/plain"], body: .bytes(Array(text.utf8)))
}

/// A value that a responder sets and a test waits for.
final class Signal<Value: Sendable & Equatable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }
  func set(_ value: Value) { state.withLock { $0 = value } }
  func update(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }

  /// Waits until the value satisfies the condition, for ten seconds at most, and tells whether it did.
  func reaches(_ condition: (Value) -> Bool) async -> Bool {
    await eventually { condition(self.value) }
  }
}

/// Looks again and again, for ten seconds at most, and tells whether the condition came to hold.
func eventually(_ condition: () -> Bool) async -> Bool {
  for _ in 0..<2_000 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return condition()
}
