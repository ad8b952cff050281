import Foundation
import HTTPService

/// The command `drydock serve` in a process of its own.
public struct ServerProcess: Sendable {
  /// Why it did not come up.
  public struct StartError: Error, CustomStringConvertible {
    public var description: String
  }

  public let command: Command
  /// The folder with its keys and certificates.
  public let certificates: String
  public let address: HTTPAddress
  /// The administrator, by token.
  public let client: TestClient

  /// Starts the command on a free port and waits until it says that it is ready.
  /// - Parameters:
  ///   - certificates: its folder; by default one that test servers share.
  ///   - timeout: seconds after which it is killed.
  public static func start(
    _ arguments: [String] = [], certificates: String = Repository.cache("certs"), timeout: Int = 120
  ) async throws -> ServerProcess {
    let command = try Command(
      Repository.drydock,
      ["serve", "--secure-port", "0", "--cert-dir", certificates, "--token-auth-file", TestServer.tokenFile]
        + arguments,
      timeout: timeout)
    guard await eventually(seconds: 30, { command.output.contains("\n") || !command.isRunning }),
      let port = port(command.output)
    else {
      command.signal(SIGKILL)
      throw StartError(description: "no server: \(command.output)\(command.error)")
    }
    let address = HTTPAddress(host: "127.0.0.1", port: port)
    let authority = try String(contentsOfFile: "\(certificates)/ca.crt", encoding: .utf8)
    return ServerProcess(
      command: command, certificates: certificates, address: address,
      client: try TestClient(address, authority: authority, token: "admin-token"))
  }

  /// The port in `Serving https://127.0.0.1:6443 (ready in 41 ms), …`.
  private static func port(_ line: String) -> Int? {
    guard line.hasPrefix("Serving https://"), let end = line.firstIndex(of: "(") else { return nil }
    return Int(line[..<end].split(separator: ":").last.map { $0.dropLast() } ?? "")
  }

  /// Asks it to end, and waits until it has.
  @discardableResult
  public func stop() async throws -> CommandResult {
    command.signal(SIGTERM)
    return try await command.result()
  }
}
