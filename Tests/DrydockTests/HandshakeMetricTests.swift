import HTTPService
import TestSupport
import Testing

/// Connections that never become requests.
@Suite("TLS handshakes", .timeLimit(.minutes(1)))
struct HandshakeMetricTests {
  @Test("each handshake that fails is counted")
  func failures() async throws {
    let server = try await TestServer.start()
    func count() async throws -> String? {
      try await server.client.get("/metrics").text.split(separator: "\n")
        .first { $0.hasPrefix("apiserver_tls_handshake_errors_total ") }.map(String.init)
    }
    #expect(try await count() == "apiserver_tls_handshake_errors_total 0")
    let connection = try await RawConnection.connect(to: server.client.address, isTLS: false)
    await connection.send("this is no handshake\r\n\r\n")
    #expect(try await eventually { try await count() == "apiserver_tls_handshake_errors_total 1" })
    await server.stop()
  }
}
