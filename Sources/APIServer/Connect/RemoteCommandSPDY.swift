import HTTPService
import NIOCore
import Schema
import Values

/// The streams of a command by SPDY/3.1: the client opens one for each, and says in its head which it is
/// (k8s.io/kubelet/pkg/cri/streaming/remotecommand).
struct RemoteCommandSPDY: RemoteCommandChannels {
  /// The versions, best first. The fifth is here what the fourth is.
  static let versions = [
    "v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
  ]
  private static let creationTimeout = Duration.seconds(30)

  private let streams: [RemoteCommandChannel: SPDYStream]
  private let tellsStatus: Bool

  private static let names: [String: RemoteCommandChannel] = [
    "stdin": .stdin, "stdout": .stdout, "stderr": .stderr, "error": .error, "resize": .resize,
  ]

  /// Waits until the client has opened all streams that it asked for.
  /// - Throws: where it doesn't in time.
  init(_ connection: SPDYConnection, _ version: String, _ options: RemoteCommandEndpoint.Options) async throws
  {
    let order = Self.versions.firstIndex(of: version) ?? 0
    tellsStatus = order <= 1
    let hasResize = options.tty && order <= 2
    let expected =
      1 + [options.stdin, options.stdout, options.stderr && !options.tty, hasResize].count { $0 }
    streams = try await withThrowingTaskGroup(of: [RemoteCommandChannel: SPDYStream].self) { group in
      group.addTask { try await Self.gather(expected, connection) }
      group.addTask {
        try await Task.sleep(for: Self.creationTimeout)
        throw ByteStreamError.timedOut
      }
      defer { group.cancelAll() }
      return try await group.next() ?? [:]
    }
  }

  private static func gather(
    _ count: Int, _ connection: SPDYConnection
  ) async throws -> [RemoteCommandChannel: SPDYStream] {
    var streams: [RemoteCommandChannel: SPDYStream] = [:]
    while streams.count < count {
      guard let stream = try await connection.nextStream() else { throw ByteStreamError.disconnected }
      guard let channel = names[stream.header("streamType") ?? ""], streams[channel] == nil else {
        await stream.reset(.refusedStream)
        continue
      }
      try await stream.accept()
      streams[channel] = stream
    }
    return streams
  }

  /// Does the work, and reads the terminal's sizes meanwhile, which nobody needs.
  func run(_ work: @escaping @Sendable (RemoteCommandSPDY) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let resize = streams[.resize] {
        group.addTask { while (try? await resize.read()) != nil {} }
      }
      defer { group.cancelAll() }
      try await work(self)
    }
  }

  func begin() async throws {}

  func send(_ bytes: [UInt8], to channel: RemoteCommandChannel) async throws {
    try await streams[channel]?.write(ByteBuffer(bytes: bytes))
  }

  func finish(_ failure: StatusError?) async throws {
    for channel in [RemoteCommandChannel.stdout, .stderr] { await streams[channel]?.finish() }
    if let bytes = RemoteCommandOutcome.bytes(failure, asStatus: tellsStatus) {
      try await send(bytes, to: .error)
    }
    for stream in streams.values { await stream.close() }
  }

  func next() async throws -> RemoteCommandInput {
    guard let bytes = try await streams[.stdin]?.read() else { return .end }
    return .bytes(Array(bytes.readableBytesView))
  }
}
