import Drydock
import HTTPService

/// A server in this process. Servers share their keys and certificates, so that they start fast.
public struct TestServer: Sendable {
  public let drydock: Drydock
  /// The administrator, by token.
  public let client: TestClient
  /// Static tokens of the users that every test server knows.
  public static let tokenFile = Repository.path("Tests/ConformanceTests/tokens.csv")

  public var address: HTTPAddress { client.address }

  /// Starts a server on a free port of 127.0.0.1.
  public static func start(
    _ configure: (inout DrydockConfiguration) -> Void = { _ in }
  ) async throws -> TestServer {
    var configuration = DrydockConfiguration()
    configuration.securePort = 0
    configuration.certDirectory = Repository.cache("certs")
    configuration.tokenAuthFile = tokenFile
    configuration.shutdownGrace = .seconds(1)
    configure(&configuration)
    let drydock = try await Drydock.start(configuration)
    let address = HTTPAddress(host: "127.0.0.1", port: drydock.addresses.first?.port ?? 0)
    let client = try TestClient(address, authority: drydock.certificateAuthority, token: "admin-token")
    return TestServer(drydock: drydock, client: client)
  }

  public func stop() async { await drydock.stop() }
}
