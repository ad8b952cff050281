import Authentication

/// A proxy in front of the server that has authenticated users already, and names them in header fields
/// (Kubernetes documentation, "Authenticating Proxy").
public struct RequestHeaderSettings: Sendable, Equatable {
  /// `--requestheader-client-ca-file`: the authorities of the proxy's certificate, PEM.
  public var clientCAFile: String
  /// The other `--requestheader-…` flags.
  public var fields: RequestHeaderAuthenticator.Configuration

  public init(
    clientCAFile: String,
    fields: RequestHeaderAuthenticator.Configuration = RequestHeaderAuthenticator.Configuration()
  ) {
    self.clientCAFile = clientCAFile
    self.fields = fields
  }
}
