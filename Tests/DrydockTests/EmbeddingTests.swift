import Drydock
import TestSupport
import Testing
import Values

/// What a test of somebody's own writes.
@Suite struct EmbeddingTests {
  @Test func startsOnAFreePortAndStops() async throws {
    let server = try await Drydock.start()
    #expect(server.url.hasPrefix("https://127.0.0.1:"))
    #expect(server.adminKubeconfig.contains(server.url))
    await server.stop()
  }
}
