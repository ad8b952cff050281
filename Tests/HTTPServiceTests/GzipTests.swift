import HTTPService
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct GzipTests {
  private let large = [UInt8](repeating: 0x61, count: 128 * 1024 + 1)

  private func answer(to headers: String, _ response: HTTPResponse) async throws -> (
    head: String, body: [UInt8]
  ) {
    var bytes: [UInt8] = []
    try await withServer { _ in
      response
    } test: { _, address in
      let client = try await RawClient.connect(to: address)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(headers)\r\n")
      _ = await client.isClosedByServer()
      bytes = client.bytes
    }
    let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
    return (String(decoding: bytes[..<end.upperBound], as: UTF8.self), Array(bytes[end.upperBound...]))
  }

  @Test func aLargeAnswerIsCompressedForAClientThatTakesIt() async throws {
    let (head, body) = try await answer(
      to: "Accept-Encoding: gzip\r\n", HTTPResponse(status: 200, body: .bytes(large)))
    #expect(head.contains("Content-Encoding: gzip\r\n") && head.contains("Vary: Accept-Encoding\r\n"))
    #expect(head.contains("Content-Length: \(body.count)\r\n"))
    #expect(body.count < 2_000 && body.starts(with: [0x1F, 0x8B]))
    // The last four bytes of a gzip file are the length of what is in it.
    let length = body.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length == large.count)
  }

  @Test func othersGetItAsItIs() async throws {
    let whole = HTTPResponse(status: 200, body: .bytes(large))
    #expect(try await answer(to: "", whole).body == large)
    #expect(try await answer(to: "Accept-Encoding: br\r\n", whole).body == large)
    let exempt = HTTPResponse(status: 200, body: .bytes(large), isCompressible: false)
    #expect(try await answer(to: "Accept-Encoding: gzip\r\n", exempt).body == large)
    let small = HTTPResponse(status: 200, body: .bytes(Array(large.dropLast())))
    #expect(try await answer(to: "Accept-Encoding: gzip\r\n", small).body.count == large.count - 1)
  }

  @Test func aStreamIsNeverCompressed() async throws {
    let bytes = large
    let stream = HTTPResponse(status: 200, body: .stream { try await $0.write(bytes) })
    let (head, body) = try await answer(to: "Accept-Encoding: gzip\r\n", stream)
    #expect(!head.contains("Content-Encoding") && body.count > large.count)
  }
}
