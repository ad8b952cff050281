import NIOCore

/// An IP address or host name and a TCP port, as text: `127.0.0.1:6443`, `[::1]:6443`.
public struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
  /// An IP address without brackets, or a name to look up.
  public var host: String
  /// 0 lets the system choose a free port when listening.
  public var port: Int

  /// - Parameter port: 0 to 65535.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// The address of a socket; nil for one that isn't an internet address.
  init?(_ address: SocketAddress?) {
    guard let address, let host = address.ipAddress, let port = address.port else { return nil }
    self.init(host: host, port: port)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
