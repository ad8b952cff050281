import APIServer
import Controllers
import HTTPService
import Logging
import Security

/// A running server. In a test:
///
/// ```swift
/// let server = try await Drydock.start()
/// // … server.url, server.adminKubeconfig …
/// await server.stop()
/// ```
public final class Drydock: Sendable {
  /// What answers requests; its store can be looked at.
  public let apiServer: APIServer
  /// Where it listens.
  public let addresses: [HTTPAddress]
  /// `https://127.0.0.1:6443`.
  public let url: String
  /// The kubeconfig of an administrator, as YAML.
  public let adminKubeconfig: String
  /// The file that holds it.
  public let adminKubeconfigFile: String
  /// The authority's certificate, PEM.
  public let certificateAuthority: String

  private let http: HTTPServer
  private let controllers: Task<Void, Never>
  private let grace: Duration
  private let temporary: TemporaryDirectory?

  private init(
    apiServer: APIServer, addresses: [HTTPAddress], url: String, pki: PKI, http: HTTPServer,
    controllers: Task<Void, Never>, grace: Duration, temporary: TemporaryDirectory?
  ) {
    self.apiServer = apiServer
    self.addresses = addresses
    self.url = url
    adminKubeconfig = pki.adminKubeconfig(serverURL: url)
    adminKubeconfigFile = pki.files.adminKubeconfig
    certificateAuthority = pki.authority.pem
    self.http = http
    self.controllers = controllers
    self.grace = grace
    self.temporary = temporary
  }

  /// Starts a server on a free port of 127.0.0.1 that leaves nothing behind.
  public static func start() async throws -> Drydock {
    var configuration = DrydockConfiguration()
    configuration.securePort = 0
    return try await start(configuration)
  }

  /// Starts a server; it is ready when this returns.
  /// - Throws: ``ConfigurationError``, or what a file or a port in use is answered with, in one line.
  public static func start(
    _ configuration: DrydockConfiguration,
    logger: Logger = Logger(label: "drydock") { _ in SwiftLogNoOpLogHandler() }
  ) async throws -> Drydock {
    let assembly = try Assembly(configuration, logger: logger)
    let server = assembly.apiServer
    let tls = try assembly.tlsContext()
    var http = HTTPServerConfiguration(
      addresses: [HTTPAddress(host: configuration.bindAddress, port: configuration.securePort)])
    http.tls = { tls.current }
    http.didFailHandshake = { server.metrics.recordHandshakeError() }
    let listener = HTTPServer(configuration: http, responder: server, logger: logger.of(.http))
    let addresses = try await listener.start()
    let port = addresses.first?.port ?? configuration.securePort
    let url = "https://\(HTTPAddress(host: shownHost(configuration.bindAddress), port: port))"
    assembly.address.set("\(shownHost(configuration.bindAddress)):\(port)")

    try await assembly.bootstrap(securePort: port)
    let controllers = assembly.startControllers()
    await assembly.settle()
    try assembly.pki.writeAdminKubeconfig(serverURL: url)
    return Drydock(
      apiServer: server, addresses: addresses, url: url, pki: assembly.pki, http: listener,
      controllers: controllers, grace: configuration.shutdownGrace, temporary: assembly.temporary)
  }

  /// Where clients on this machine find a server that listens everywhere.
  private static func shownHost(_ host: String) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "::1"
    default: host
    }
  }

  /// Ends the server: requests under way finish, watches end, connections close. Takes at most the
  /// configured grace.
  public func stop() async {
    await http.drain(deadline: grace)
    await apiServer.auditor?.shutdown(within: grace)
    await apiServer.tracer?.shutdown(within: grace)
    controllers.cancel()
    await controllers.value
    temporary?.remove()
  }
}
