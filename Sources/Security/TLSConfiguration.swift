/// A certificate chain with its private key: what one end of a connection shows to the other.
public struct TLSIdentity: Sendable {
  /// The certificates, leaf first.
  public let chain: [Certificate]
  public let key: PrivateKey

  /// Pairs the two.
  ///
  /// - Throws: when the chain is empty or the key is not the leaf's.
  public init(chain: [Certificate], key: PrivateKey) throws(SecurityError) {
    guard let leaf = chain.first else { throw SecurityError("there is no certificate") }
    guard leaf.publicKey == key.publicKey else {
      throw SecurityError("the private key does not match the certificate")
    }
    self.chain = chain
    self.key = key
  }

  /// Reads the two from PEM texts.
  public init(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(SecurityError) {
    try self.init(chain: Certificate.parse(pem: certificatePEM), key: PrivateKey(pem: keyPEM))
  }
}

/// An identity for clients that ask for certain server names (kube-apiserver's --tls-sni-cert-key).
public struct SNIIdentity: Sendable {
  /// Host names, each with an optional wildcard as its first label.
  public let names: [String]
  public let identity: TLSIdentity

  /// - Parameter names: without any, the certificate's DNS names, or else its common name.
  public init(names: [String] = [], identity: TLSIdentity) {
    self.identity = identity
    guard names.isEmpty else {
      self.names = names
      return
    }
    let leaf = identity.chain[0]
    let own = leaf.alternativeNames.dnsNames
    self.names = own.isEmpty ? [leaf.subject.commonName] : own
  }
}

/// Versions of TLS (RFC 8446 section 4.2.1 and before).
public enum TLSVersion: Int, Sendable, Comparable, CaseIterable {
  case tls10 = 0x301
  case tls11 = 0x302
  case tls12 = 0x303
  case tls13 = 0x304

  /// The names that kube-apiserver's --tls-min-version takes.
  public static let kubernetesNames: [String: TLSVersion] = [
    "VersionTLS10": .tls10, "VersionTLS11": .tls11, "VersionTLS12": .tls12, "VersionTLS13": .tls13,
  ]

  public static func < (a: TLSVersion, b: TLSVersion) -> Bool {
    a.rawValue < b.rawValue
  }
}

/// How a server speaks TLS.
public struct TLSServerConfiguration: Sendable {
  /// Shown to clients that name no server, or none of the ``sniIdentities``.
  public var identity: TLSIdentity
  /// Shown to clients that name one of their names; the first that fits counts.
  public var sniIdentities: [SNIIdentity] = []
  /// Asks clients for a certificate and tells them these authorities' names. Nothing is verified in the
  /// handshake and a client without a certificate is served too: authentication decides. nil: clients are not
  /// asked.
  public var clientCA: [Certificate]?
  public var minVersion = TLSVersion.tls12
  /// IANA names, as for --tls-cipher-suites, for TLS 1.2 and before; the usual ones when empty.
  public var cipherSuites: [String] = []
  /// Application protocols in order of preference (RFC 7301); empty: none are negotiated.
  public var alpn = ["h2", "http/1.1"]
  /// What a client is told in the clear when it speaks HTTP where TLS is spoken; nothing when nil.
  public var plainHTTPAnswer: String? =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"

  /// The usual configuration with an identity.
  public init(identity: TLSIdentity) {
    self.identity = identity
  }
}

/// How a client speaks TLS.
public struct TLSClientConfiguration: Sendable {
  /// Which servers a client believes.
  public enum Trust: Sendable {
    /// Those that the operating system's authorities vouch for.
    case system
    /// Those that these authorities vouch for.
    case authorities([Certificate])
    /// All of them: nothing is verified.
    case anyone
  }

  public var trust: Trust
  /// Shown when the server asks for a certificate.
  public var identity: TLSIdentity?
  public var minVersion = TLSVersion.tls12
  /// The newest version to speak; nil for the newest there is.
  public var maxVersion: TLSVersion?
  /// Application protocols to offer (RFC 7301).
  public var alpn: [String] = []

  /// The usual configuration with a trust.
  public init(trust: Trust) {
    self.trust = trust
  }
}

/// What a handshake agreed on; fired through the pipeline as an inbound user event, once, before any data.
public struct TLSHandshakeCompleted: Sendable {
  /// The application protocol agreed on, such as `h2`; nil when none was negotiated.
  public var negotiatedProtocol: String?
  /// The certificates that the peer sent, leaf first; empty when it sent none. A server has NOT verified
  /// them.
  public var peerCertificates: [Certificate]
  public var version: TLSVersion
  /// The cipher suite's IANA name.
  public var cipher: String
  /// The server name that the client asked for (RFC 6066 section 3).
  public var serverName: String?
  /// Whether an earlier session was taken up again.
  public var resumed: Bool
}

/// Why a TLS connection failed.
public enum TLSError: Error, Equatable, CustomStringConvertible {
  /// The handshake took too long.
  case handshakeTimeout
  /// The peer went away during the handshake.
  case closedDuringHandshake
  /// The peer went away without saying so: data may be missing at the end.
  case truncated
  /// The client verified the server's certificate and does not believe it.
  case certificate(CertificateError)
  /// The peer spoke HTTP in the clear.
  case plainHTTPRequest
  /// The server answered a client in HTTP in the clear.
  case plainHTTPResponse
  /// More was written before the end of the handshake than is held back.
  case tooMuchBeforeHandshake
  /// Anything else: the peer broke the protocol or sent an alert, or nothing could be agreed on.
  case failed(String)

  public var description: String {
    switch self {
    case .handshakeTimeout: "TLS handshake timeout"
    case .closedDuringHandshake: "EOF"
    case .truncated: "unexpected EOF"
    case .certificate(let error): "tls: failed to verify certificate: \(error)"
    case .plainHTTPRequest: "tls: client sent an HTTP request to an HTTPS server"
    case .plainHTTPResponse: "http: server gave HTTP response to HTTPS client"
    case .tooMuchBeforeHandshake: "tls: too much was written before the handshake completed"
    case .failed(let reason): "tls: \(reason)"
    }
  }
}
