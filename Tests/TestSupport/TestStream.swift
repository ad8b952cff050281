import NIOCore
import NIOHTTP1
import Values

/// An answer under way.
public final class TestStream: Sendable {
  private let channel: any Channel
  private let parts: AsyncThrowingStream<HTTPClientResponsePart, any Error>
  private let what: String
  private let timer: Scheduled<Void>

  init(
    channel: any Channel, parts: AsyncThrowingStream<HTTPClientResponsePart, any Error>, what: String,
    timeout: Int64
  ) {
    self.channel = channel
    self.parts = parts
    self.what = what
    timer = channel.eventLoop.scheduleTask(in: .seconds(timeout)) { channel.close(promise: nil) }
  }

  func send(_ head: HTTPRequestHead, body: [UInt8]?) {
    channel.write(HTTPClientRequestPart.head(head), promise: nil)
    if let body, !body.isEmpty {
      channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
    }
    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
  }

  /// Closes the connection.
  public func close() {
    timer.cancel()
    channel.close(promise: nil)
  }

  /// The whole answer.
  /// - Throws: where the connection ends before the answer does.
  public func response() async throws -> TestResponse {
    var response = TestResponse()
    for try await part in parts {
      switch part {
      case .head(let head):
        response.status = Int(head.status.code)
        response.headers = head.headers.map { ($0.name, $0.value) }
      case .body(let bytes):
        response.body.append(contentsOf: bytes.readableBytesView)
      case .end:
        return response
      }
    }
    throw TestClientError.closed(what)
  }

  /// The JSON documents of a watch, a line each, as they come. Ends when the answer or the connection does.
  public var events: AsyncThrowingStream<Value, any Error> {
    let parts = parts
    return AsyncThrowingStream { continuation in
      let task = Task {
        var pending: [UInt8] = []
        do {
          for try await part in parts {
            guard case .body(let bytes) = part else { continue }
            pending.append(contentsOf: bytes.readableBytesView)
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
              continuation.yield(try JSON.parse(pending[..<end]))
              pending.removeSubrange(...end)
            }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}
