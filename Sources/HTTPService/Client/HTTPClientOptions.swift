import NIOCore

/// The bounds of an ``HTTPClient``.
public struct HTTPClientOptions: Sendable {
  /// For each address of a host, from the first packet to the open connection.
  public var connectTimeout = TimeAmount.seconds(30)
  public var tlsHandshakeTimeout = TimeAmount.seconds(10)
  /// How long a connection is kept without a request.
  public var idleTimeout = TimeAmount.seconds(90)
  /// Connections to one host at a time; more requests wait for one to be free.
  public var maxConnectionsPerHost = 100
  /// Connections to one host that are kept without a request.
  public var maxIdleConnectionsPerHost = 25
  /// How many redirects in a row are followed, as Go's client follows them (which follows 10); with 0 a
  /// redirect is an answer like any other.
  public var redirectLimit = 0

  /// The usual bounds: those of Go's `http.Transport` and client-go where they have them.
  public init() {}
}
