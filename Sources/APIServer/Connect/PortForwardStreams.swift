import HTTPService
import NIOCore
import Synchronization

/// Port forwarding by SPDY: for each connection the client opens a stream for data and one for errors, which
/// their heads join (k8s.io/kubelet/pkg/cri/streaming/portforward).
struct PortForwardStreams: Sendable {
  let forward: PortForward
  private static let creationTimeout = Duration.seconds(30)

  private struct Pair {
    var data: SPDYStream?
    var error: SPDYStream?
  }

  /// Pairs of which one half is there.
  private final class Halves: Sendable {
    private let pairs = Mutex<[String: Pair]>([:])

    /// - Returns: the pair that the stream completes, if it does; nil in place of it for a stream too many.
    func add(_ stream: SPDYStream, _ request: String, isError: Bool) -> (isNew: Bool, Pair)? {
      pairs.withLock { pairs in
        let isNew = pairs[request] == nil
        var pair = pairs[request] ?? Pair()
        guard (isError ? pair.error : pair.data) == nil else { return nil }
        if isError { pair.error = stream } else { pair.data = stream }
        pairs[request] = pair.data != nil && pair.error != nil ? nil : pair
        return (isNew, pair)
      }
    }

    func remove(_ request: String) -> Pair? { pairs.withLock { $0.removeValue(forKey: request) } }
  }

  func run(_ connection: SPDYConnection) async throws {
    let halves = Halves()
    try await withThrowingTaskGroup(of: Void.self) { group in
      while let stream = try await connection.nextStream() {
        guard let port = Self.port(stream), let type = stream.header("streamType"),
          type == "error" || type == "data"
        else {
          await stream.reset(.refusedStream)
          continue
        }
        try await stream.accept()
        let request = Self.request(stream, type)
        guard let (isNew, pair) = halves.add(stream, request, isError: type == "error") else {
          await stream.reset(.refusedStream)
          continue
        }
        if let data = pair.data, let errors = pair.error {
          group.addTask { await serve(port, data, errors) }
        } else if isNew {
          group.addTask { await Self.awaitOther(request, halves) }
        }
      }
      // The client opens no more: what it has open goes on.
      try await group.waitForAll()
    }
  }

  private func serve(_ port: Int, _ data: SPDYStream, _ errors: SPDYStream) async {
    if let failure = await forward.run(port, data) {
      try? await errors.write(ByteBuffer(string: failure))
    }
    await data.close()
    await errors.close()
  }

  /// Half a pair is not kept for ever.
  private static func awaitOther(_ request: String, _ halves: Halves) async {
    do { try await Task.sleep(for: creationTimeout) } catch { return }
    guard let pair = halves.remove(request) else { return }
    for stream in [pair.data, pair.error] { await stream?.reset(.cancel) }
  }

  private static func port(_ stream: SPDYStream) -> Int? {
    guard let port = stream.header("port").flatMap({ UInt16($0) }), port > 0 else { return nil }
    return Int(port)
  }

  /// What joins the two streams. Old clients don't say it: their streams come one after the other.
  private static func request(_ stream: SPDYStream, _ type: String) -> String {
    if let id = stream.header("requestID"), !id.isEmpty { return "named \(id)" }
    return "numbered \(type == "error" ? Int(stream.id) : Int(stream.id) - 2)"
  }
}
