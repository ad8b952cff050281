internal import COpenSSL
import NIOCore

/// One TLS connection without a socket: records go in and out through ``wire``.
final class TLSConnection {
  /// How far an operation got.
  enum Step {
    /// It is finished.
    case done
    /// It goes on when more has been received.
    case needsInput
    /// The peer will send no more (close_notify).
    case peerClosed
    case failed(TLSError)
  }

  let context: TLSContext
  /// For a client, whom it wants to talk to: a host name or an IP address; empty for a server.
  let serverName: String
  let wire = ByteBufferBIO()
  private let ssl: OpaquePointer
  private var verificationError: CertificateError?

  /// - Throws: when OpenSSL is out of memory.
  init(_ context: TLSContext, serverName: String) throws(SecurityError) {
    guard let ssl = SSL_new(context.pointer) else { throw .openSSL("cannot set up TLS") }
    guard let bio = wire.makeBIO() else {
      SSL_free(ssl)
      throw .openSSL("cannot set up TLS")
    }
    self.context = context
    self.serverName = serverName
    self.ssl = ssl
    SSL_set_bio(ssl, bio, bio)
    switch context.role {
    case .server: SSL_set_accept_state(ssl)
    case .client:
      SSL_set_connect_state(ssl)
      SSL_set_ex_data(ssl, TLSConnection.exIndex, Unmanaged.passUnretained(self).toOpaque())
      // RFC 6066 section 3: IP addresses are not server names.
      if !serverName.isEmpty, AddressBytes.bytes(serverName) == nil {
        _ = shim_SSL_set_tlsext_host_name(ssl, HostPattern.normalized(serverName))
      }
      context.sessions.offer(for: serverName, ssl)
    }
  }

  deinit { SSL_free(ssl) }

  // MARK: Operations

  /// Goes on with the handshake.
  func handshake() -> Step {
    OpenSSLErrors.clear()
    let result = SSL_do_handshake(ssl)
    return result == 1 ? .done : failure(result)
  }

  /// Whether something received has not been made into plain text yet.
  var hasUnread: Bool {
    wire.input.readableBytes > 0 || SSL_pending(ssl) > 0
  }

  /// Appends the plain text of what was received to `buffer`.
  func read(into buffer: inout ByteBuffer) -> Step {
    OpenSSLErrors.clear()
    while hasUnread {
      let wanted = max(Int(SSL_pending(ssl)), min(wire.input.readableBytes, TLSConnection.recordSize))
      if buffer.writableBytes == 0 { buffer.reserveCapacity(minimumWritableBytes: wanted) }
      var result: Int32 = 0
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { place in
        var count = 0
        result = SSL_read_ex(ssl, place.baseAddress, place.count, &count)
        return result == 1 ? count : 0
      }
      if result != 1 { return failure(result) }
    }
    return .needsInput
  }

  /// Encrypts plain text into ``wire``, in records of up to 16 KiB.
  func write(_ plain: UnsafeRawBufferPointer) -> Step {
    guard let start = plain.baseAddress, !plain.isEmpty else { return .done }
    OpenSSLErrors.clear()
    var count = 0
    let result = SSL_write_ex(ssl, start, plain.count, &count)
    return result == 1 && count == plain.count ? .done : failure(result)
  }

  /// Writes close_notify: nothing will be written any more.
  func closeOutput() {
    OpenSSLErrors.clear()
    SSL_shutdown(ssl)
    OpenSSLErrors.clear()
  }

  /// The most plain text in a record (RFC 8446 section 5.1).
  static let recordSize = 16 * 1024

  private func failure(_ result: Int32) -> Step {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ: return .needsInput
    case SSL_ERROR_ZERO_RETURN: return .peerClosed
    default:
      if let verificationError { return .failed(.certificate(verificationError)) }
      let reason = OpenSSLErrors.take()
      return .failed(.failed(reason.isEmpty ? "connection broken" : reason))
    }
  }

  // MARK: Outcome

  /// What the finished handshake agreed on.
  func outcome() -> TLSHandshakeCompleted {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &length)
    let chosen = UnsafeBufferPointer(start: name, count: name == nil ? 0 : Int(length))
    let cipher = SSL_get_current_cipher(ssl).flatMap { SSL_CIPHER_standard_name($0) }
    let asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    return TLSHandshakeCompleted(
      negotiatedProtocol: chosen.isEmpty ? nil : String(decoding: chosen, as: UTF8.self),
      peerCertificates: peerCertificates(),
      version: TLSVersion(rawValue: Int(SSL_version(ssl))) ?? .tls12,
      cipher: cipher.map { String(cString: $0) } ?? "",
      serverName: asked,
      resumed: SSL_session_reused(ssl) == 1)
  }

  private func peerCertificates() -> [Certificate] {
    guard let leaf = SSL_get0_peer_certificate(ssl) else { return [] }
    var certificates = [Certificate(handle: CertificateHandle(retaining: leaf))]
    let chain = SSL_get_peer_cert_chain(ssl)
    // A client's view of the chain begins with the leaf, a server's after it.
    let first: Int32 = context.role == .client ? 1 : 0
    let count = shim_sk_X509_num(chain)
    for index in stride(from: first, to: count, by: 1) {
      guard let certificate = shim_sk_X509_value(chain, index) else { continue }
      certificates.append(Certificate(handle: CertificateHandle(retaining: certificate)))
    }
    if context.role == .server, count <= 0 {
      certificates += TicketChain.certificates(SSL_get_session(ssl))
    }
    return certificates
  }

  // MARK: Verification

  private static let exIndex = shim_SSL_get_ex_new_index()

  /// The client connection that an `SSL` belongs to.
  static func of(_ ssl: OpaquePointer?) -> TLSConnection? {
    guard let ssl, let own = SSL_get_ex_data(ssl, exIndex) else { return nil }
    return Unmanaged<TLSConnection>.fromOpaque(own).takeUnretainedValue()
  }

  /// Called by OpenSSL when a client has the server's certificates: 1 to believe them, 0 to end the
  /// handshake.
  static let verifyServer: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
    guard let store, let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let connection = TLSConnection.of(OpaquePointer(ssl)), let leaf = X509_STORE_CTX_get0_cert(store)
    else { return 0 }
    let chain = X509_STORE_CTX_get0_untrusted(store)
    let intermediates = (0..<max(0, shim_sk_X509_num(chain))).compactMap { index in
      shim_sk_X509_value(chain, index).map { Certificate(handle: CertificateHandle(retaining: $0)) }
    }
    let error = connection.verify(Certificate(handle: CertificateHandle(retaining: leaf)), intermediates)
    X509_STORE_CTX_set_error(store, error.map(TLSConnection.alertReason) ?? X509_V_OK)
    connection.verificationError = error
    return error == nil ? 1 : 0
  }

  private func verify(_ leaf: Certificate, _ intermediates: [Certificate]) -> CertificateError? {
    let verdict = context.verifier?.verify(
      leaf, intermediates: intermediates, usage: .serverAuth, name: serverName)
    guard case .failure(let error)? = verdict else { return nil }
    return error
  }

  /// OpenSSL's reason, from which it makes the alert that tells the server.
  private static func alertReason(_ error: CertificateError) -> Int32 {
    switch error {
    case .unknownAuthority: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    case .expired, .notYetValid: X509_V_ERR_CERT_HAS_EXPIRED
    case .incompatibleUsage: X509_V_ERR_INVALID_PURPOSE
    case .wrongName, .other: X509_V_ERR_CERT_REJECTED
    }
  }
}
