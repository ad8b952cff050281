import HTTPService
import Logging
import NIOHTTP1
import Security
import Synchronization
import Values

/// A server in the test's process that stands in for one that the product calls: a webhook, an identity
/// provider, an extension server.
///
///     let server = try await StandInServer.start { request in .json(["kind": "TokenReview"]) }
///     … server.url, server.caPEM …
///     await server.stop()
public final class StandInServer: Sendable {
  /// A request with its whole body.
  public struct Request: Sendable {
    public var method: String
    public var path: String
    /// Path and query as they were sent.
    public var target: String
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// What the client showed of itself, its own certificate first.
    public var clientCertificates: [Certificate]
    /// The client's end of the connection, which tells connections apart.
    public var remoteAddress: HTTPAddress?

    /// The body as JSON; null when it is none.
    public var json: Value { (try? JSON.parse(body)) ?? .null }
  }

  public typealias Answer = @Sendable (Request) async -> HTTPResponse

  public let address: HTTPAddress
  /// Of the server's certificate; nil in plaintext.
  public let authority: TestAuthority?
  private let server: HTTPServer
  private let responder: Responder

  private init(
    address: HTTPAddress, authority: TestAuthority?, server: HTTPServer, responder: Responder
  ) {
    self.address = address
    self.authority = authority
    self.server = server
    self.responder = responder
  }

  /// Starts a server on a free port of 127.0.0.1.
  ///
  /// - Parameters:
  ///   - tls: whether it speaks TLS, with a certificate from `authority` (a new one when nil).
  ///   - identity: its certificate; one for `localhost` and `127.0.0.1` when nil.
  ///   - requiresClientCertificate: answers 401 to clients without a certificate from `authority`.
  ///   - answer: answers each request.
  public static func start(
    tls: Bool = true, authority: TestAuthority? = nil, identity: TLSIdentity? = nil,
    requiresClientCertificate: Bool = false, answer: @escaping Answer
  ) async throws -> StandInServer {
    var configuration = HTTPServerConfiguration()
    configuration.threads = 1
    var own: TestAuthority?
    var verifier: CertificateVerifier?
    if tls {
      let issuer = try authority ?? TestAuthority()
      var settings = TLSServerConfiguration(identity: try identity ?? issuer.server())
      settings.clientCA = [issuer.certificate]
      if requiresClientCertificate { verifier = try CertificateVerifier(roots: [issuer.certificate]) }
      let context = try TLSContext.server(settings)
      configuration.tls = { context }
      own = issuer
    }
    let responder = Responder(answer: answer, verifier: verifier)
    let logger = Logger(label: "stand-in") { _ in SwiftLogNoOpLogHandler() }
    let server = HTTPServer(configuration: configuration, responder: responder, logger: logger)
    guard let address = try await server.start().first else { throw NoAddress() }
    return StandInServer(address: address, authority: own, server: server, responder: responder)
  }

  /// Runs a test against a server, and stops the server afterwards.
  public static func with<R>(
    tls: Bool = true, authority: TestAuthority? = nil, identity: TLSIdentity? = nil,
    requiresClientCertificate: Bool = false, answer: @escaping Answer,
    test: (StandInServer) async throws -> R
  ) async throws -> R {
    let server = try await start(
      tls: tls, authority: authority, identity: identity,
      requiresClientCertificate: requiresClientCertificate, answer: answer)
    do {
      let result = try await test(server)
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  private struct NoAddress: Error {}

  /// Closes every connection, also those with a request on its way.
  public func stop() async { await server.drain(deadline: .zero) }

  /// `https://127.0.0.1:PORT`
  public var url: String { "\(authority == nil ? "http" : "https")://\(address)" }
  /// The certificate of the authority that signed the server's; empty in plaintext.
  public var caPEM: String { authority?.pem ?? "" }

  /// The requests that came, in order.
  public var requests: [Request] { responder.requests.withLock { $0 } }
  public var requestCount: Int { requests.count }

  private final class Responder: HTTPResponder {
    let answer: Answer
    let verifier: CertificateVerifier?
    let requests = Mutex<[Request]>([])

    init(answer: @escaping Answer, verifier: CertificateVerifier?) {
      self.answer = answer
      self.verifier = verifier
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
      guard let body = try? await request.body.collect(upTo: 64 << 20) else {
        return .text("the body is broken", status: 400)
      }
      let whole = Request(
        method: request.method, path: request.path, target: request.target, headers: request.headers,
        body: Array(body.readableBytesView),
        clientCertificates: request.connection.tls?.peerCertificates ?? [],
        remoteAddress: request.connection.remoteAddress)
      requests.withLock { $0.append(whole) }
      guard isKnown(whole.clientCertificates) else { return .text("Unauthorized", status: 401) }
      return await answer(whole)
    }

    private func isKnown(_ chain: [Certificate]) -> Bool {
      guard let verifier else { return true }
      guard let leaf = chain.first else { return false }
      let verdict = verifier.verify(leaf, intermediates: Array(chain.dropFirst()), usage: .clientAuth)
      return (try? verdict.get()) != nil
    }
  }
}

extension HTTPResponse {
  /// An answer in JSON.
  public static func json(_ value: Value, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "application/json"], body: .bytes(JSON.encode(value)))
  }

  /// An answer in plain text.
  public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["Content-Type": "text/plain"], body: .bytes(Array(text.utf8)))
  }
}
