import NIOCore
import Security

/// Where a server listens, and the bounds on everything that a client can make it do or keep.
public struct HTTPServerConfiguration: Sendable {
  public var addresses: [HTTPAddress]
  /// How a new connection speaks TLS, asked each time so that renewed certificates count; nil serves plaintext.
  public var tls: (@Sendable () -> TLSContext)?
  /// Told of each TLS handshake that fails.
  public var didFailHandshake: @Sendable () -> Void = {}
  /// Event loop threads.
  public var threads = min(System.coreCount, 4)

  /// The most connections at a time; one more is closed as soon as it is accepted.
  public var maxConnections = 10_000
  /// The most bytes of a request's first line and headers; 431 beyond.
  public var maxHeaderBytes = 1 << 20
  /// The most header fields of a request; 431 beyond.
  public var maxHeaderFields = 10_000
  /// The most bytes of a request target; 414 beyond.
  public var maxRequestTargetBytes = 1 << 20
  /// The most bytes of a body that nobody read and that is thrown away to keep the connection.
  public var maxDiscardedBodyBytes = 256 * 1024
  /// The bytes of a request body held for a responder that hasn't read them yet.
  public var bodyBufferBytes = 64 * 1024
  /// The bytes of an answer held for a client that is slow to take them.
  public var responseBufferBytes = 256 * 1024

  /// From the first byte of a request, or the opening of a connection, to the end of the headers.
  public var requestHeaderTimeout = TimeAmount.seconds(32)
  /// Without a request.
  public var idleTimeout = TimeAmount.minutes(3)
  /// Without a byte of a body that is being waited for.
  public var bodyReadTimeout = TimeAmount.seconds(60)
  /// Without the client taking anything of an answer.
  public var writeTimeout = TimeAmount.minutes(2)

  /// Open HTTP/2 streams of a connection.
  public var maxConcurrentStreams = 100
  /// HTTP/2 flow control window and largest frame of a stream, in bytes.
  public var streamWindowBytes = 256 * 1024
  /// RST_STREAM frames a second; beyond, the connection ends with ENHANCE_YOUR_CALM.
  public var maxStreamResetsPerSecond = 200
  /// PING, SETTINGS and PRIORITY frames a second; beyond, the connection ends with ENHANCE_YOUR_CALM.
  public var maxControlFramesPerSecond = 200

  /// The usual bounds: those of the Kubernetes API server where it has them.
  public init(
    addresses: [HTTPAddress] = [HTTPAddress(host: "127.0.0.1", port: 0)],
    tls: (@Sendable () -> TLSContext)? = nil
  ) {
    self.addresses = addresses
    self.tls = tls
  }
}
