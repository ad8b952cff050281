import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import Synchronization

/// Requests that a responder is at work on.
final class RequestCount: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
  func remove() { count.subtract(1, ordering: .relaxed) }
}

/// What the streams of an HTTP/2 connection share. Used on its event loop.
final class HTTP2Connection {
  let running = RequestCount()
  private let service: ServiceContext
  private let channel: any Channel
  private var openStreams = 0
  private let idleTimer: LazyTimer

  init(service: ServiceContext, channel: any Channel) {
    self.service = service
    self.channel = channel
    // GOAWAY comes at the idle timeout; this is for a client that doesn't react to it.
    idleTimer = LazyTimer(loop: channel.eventLoop) { channel.close(promise: nil) }
    armIdleTimer()
  }

  /// Whether another request may start. A client that resets its streams as fast as it opens them leaves
  /// requests behind whose responders haven't ended yet.
  func admitsRequest() -> Bool { running.value < 2 * service.configuration.maxConcurrentStreams }

  /// Ends the connection by GOAWAY when its streams have ended.
  func quiesce() { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }

  func streamOpened() {
    openStreams += 1
    idleTimer.disarm()
  }

  func streamClosed() {
    openStreams -= 1
    if openStreams == 0 { armIdleTimer() }
  }

  func stop() { idleTimer.stop() }

  private func armIdleTimer() { idleTimer.arm(after: service.configuration.idleTimeout + .seconds(10)) }
}

extension HTTP2Connection {
  /// Adds an HTTP/2 server to the end of the pipeline; on its event loop.
  static func install(on channel: any Channel, service: ServiceContext, info: HTTPConnectionInfo) throws {
    let configuration = service.configuration
    let connection = HTTP2Connection(service: service, channel: channel)
    let management = NIOHTTP2ServerConnectionManagementHandler(
      eventLoop: channel.eventLoop,
      configuration: .init(
        maxIdleTime: configuration.idleTimeout, maxAge: nil, maxGraceTime: nil, keepalive: nil))
    let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
    let handler = NIOHTTP2Handler(
      mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: configuration.http2Connection,
      streamConfiguration: configuration.http2Streams,
      streamDelegate: StreamObserver(connection: bound, management: management.http2StreamDelegate)
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        let operations = stream.pipeline.syncOperations
        try operations.addHandler(
          HTTP2StreamCodec(
            maxHeaderBytes: configuration.maxHeaderBytes, maxHeaderFields: configuration.maxHeaderFields))
        try operations.addHandler(ExchangeHandler(service: service, info: info, wire: .http2(bound.value)))
      }
    }
    let operations = channel.pipeline.syncOperations
    try operations.addHandler(handler)
    try operations.addHandler(management)
    try operations.addHandler(HTTP2ConnectionHandler(connection: connection, service: service))
    // The connection is active already, which is what starts the idle time.
    management.channelActive(context: try operations.context(handler: management))
    if service.drain.isDraining { connection.quiesce() }
  }
}

/// Tells the connection, and NIO's connection management, which streams are open.
private struct StreamObserver: NIOHTTP2StreamDelegate {
  let connection: NIOLoopBound<HTTP2Connection>
  let management: NIOHTTP2ServerConnectionManagementHandler.HTTP2StreamDelegate

  func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
    management.streamCreated(id, channel: channel)
    connection.value.streamOpened()
  }

  func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
    management.streamClosed(id, channel: channel)
    connection.value.streamClosed()
  }
}

extension HTTPServerConfiguration {
  fileprivate var http2Connection: NIOHTTP2Handler.ConnectionConfiguration {
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: maxConcurrentStreams),
      HTTP2Setting(parameter: .initialWindowSize, value: streamWindowBytes),
      HTTP2Setting(parameter: .maxFrameSize, value: max(1 << 14, min(streamWindowBytes, 1 << 24 - 1))),
      // Between the limit and this, a request gets its 431; beyond, the connection ends.
      HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * maxHeaderBytes),
    ]
    connection.targetWindowSize = min(streamWindowBytes * maxConcurrentStreams, Int(Int32.max))
    connection.maximumSequentialEmptyDataFrames = 10
    // A client may send headers in frames of no more than 16 KiB.
    connection.maximumSequentialContinuationFrames = 2 * maxHeaderBytes / (1 << 14) + 5
    connection.maximumConnectionGlitches = 10_000
    connection.controlFrameRateLimit.maximumCount = maxControlFramesPerSecond
    connection.controlFrameRateLimit.windowLength = .seconds(1)
    return connection
  }

  fileprivate var http2Streams: NIOHTTP2Handler.StreamConfiguration {
    var streams = NIOHTTP2Handler.StreamConfiguration()
    streams.targetWindowSize = streamWindowBytes
    streams.outboundBufferSizeHighWatermark = 64 * 1024
    streams.outboundBufferSizeLowWatermark = 32 * 1024
    streams.streamResetFrameRateLimit.maximumCount = maxStreamResetsPerSecond
    streams.streamResetFrameRateLimit.windowLength = .seconds(1)
    streams.streamErrorRateLimit.maximumCount = maxStreamResetsPerSecond
    streams.streamErrorRateLimit.windowLength = .seconds(1)
    return streams
  }
}
