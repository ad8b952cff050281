internal import COpenSSL

/// What the connections of one server, or of one client, have in common.
///
/// @unchecked: the `SSL_CTX` is set up before it is shared, and OpenSSL locks what changes in it later.
public final class TLSContext: @unchecked Sendable {
  enum Role {
    case server
    case client
  }

  let role: Role
  let pointer: OpaquePointer
  /// ``TLSServerConfiguration/plainHTTPAnswer``.
  let plainHTTPAnswer: String?
  /// What a client believes servers by; nil when it believes all, and for servers.
  let verifier: CertificateVerifier?
  let sessions = TLSClientSessions()
  /// The application protocols, each after its length (RFC 7301 section 3.1).
  private let alpn: [UInt8]
  private let sniIdentities: [SNIIdentity]

  private init(
    role: Role, alpn: [String], sniIdentities: [SNIIdentity] = [], verifier: CertificateVerifier? = nil,
    plainHTTPAnswer: String? = nil
  ) throws(SecurityError) {
    let method = role == .server ? TLS_server_method() : TLS_client_method()
    guard let pointer = SSL_CTX_new(method) else { throw .openSSL("cannot set up TLS") }
    self.role = role
    self.pointer = pointer
    self.sniIdentities = sniIdentities
    self.verifier = verifier
    self.plainHTTPAnswer = plainHTTPAnswer
    var wire: [UInt8] = []
    for name in alpn where (1...255).contains(name.utf8.count) {
      wire.append(UInt8(name.utf8.count))
      wire.append(contentsOf: name.utf8)
    }
    self.alpn = wire
  }

  deinit { SSL_CTX_free(pointer) }

  // MARK: Server

  /// What a server's connections have in common.
  ///
  /// - Throws: when a cipher suite is unknown or an identity can't be used.
  public static func server(_ configuration: TLSServerConfiguration) throws(SecurityError) -> TLSContext {
    let context = try TLSContext(
      role: .server, alpn: configuration.alpn, sniIdentities: configuration.sniIdentities,
      plainHTTPAnswer: configuration.plainHTTPAnswer)
    let ciphers = try CipherSuites.openSSLList(configuration.cipherSuites)
    // With suites of TLS 1.3 only, nothing older can be agreed on.
    try context.setVersions(ciphers.isEmpty ? .tls13 : configuration.minVersion, nil)
    if !ciphers.isEmpty { try context.setCiphers(ciphers, configuration.minVersion) }
    try context.use(configuration.identity)
    // Sessions live in tickets that the clients keep, so that no memory here is theirs.
    shim_SSL_CTX_set_session_cache_mode(context.pointer, Int(SSL_SESS_CACHE_OFF))
    let name = Array("drydock".utf8)
    SSL_CTX_set_session_id_context(context.pointer, name, UInt32(name.count))
    SSL_CTX_set_num_tickets(context.pointer, 1)
    let own = Unmanaged.passUnretained(context).toOpaque()
    if !context.alpn.isEmpty { SSL_CTX_set_alpn_select_cb(context.pointer, selectProtocol, own) }
    if !context.sniIdentities.isEmpty { SSL_CTX_set_cert_cb(context.pointer, selectIdentity, own) }
    if let authorities = configuration.clientCA {
      SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
      SSL_CTX_set_cert_verify_callback(context.pointer, { _, _ in 1 }, nil)
      for authority in authorities { SSL_CTX_add_client_CA(context.pointer, authority.handle.pointer) }
      SSL_CTX_set_session_ticket_cb(
        context.pointer, TicketChain.remember, TicketChain.decide, nil)
    }
    return context
  }

  private func setVersions(_ lowest: TLSVersion, _ highest: TLSVersion?) throws(SecurityError) {
    shim_SSL_CTX_set_safe_options(pointer)
    // Idle connections give their record buffers back: watches are many and mostly silent.
    shim_SSL_CTX_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
    guard shim_SSL_CTX_set_min_proto_version(pointer, Int32(lowest.rawValue)) == 1,
      shim_SSL_CTX_set_max_proto_version(pointer, Int32(highest?.rawValue ?? 0)) == 1,
      SSL_CTX_set_ciphersuites(pointer, CipherSuites.tls13) == 1,
      shim_SSL_CTX_set1_groups_list(pointer, "X25519:P-256:P-384:P-521") == 1
    else { throw .openSSL("cannot set up TLS") }
  }

  private func setCiphers(_ list: String, _ lowest: TLSVersion) throws(SecurityError) {
    // The hashes of TLS 1.0 and 1.1 are below every security level but 0.
    let level = lowest < .tls12 ? ":@SECLEVEL=0" : ""
    guard SSL_CTX_set_cipher_list(pointer, list + level) == 1 else {
      throw .openSSL("cannot use the cipher suites")
    }
  }

  private func use(_ identity: TLSIdentity) throws(SecurityError) {
    let leaf = identity.chain[0].handle.pointer
    let key = identity.key.handle.pointer
    let used = withCertificateStack(Array(identity.chain.dropFirst())) {
      SSL_CTX_use_cert_and_key(pointer, leaf, key, $0, 1)
    }
    guard used == 1 else { throw .openSSL("cannot use the certificate") }
  }

  /// Chooses the identity for the server name that the client asked for.
  private func identity(for name: String) -> TLSIdentity? {
    let host = HostPattern.normalized(name)
    let exact = sniIdentities.first { $0.names.contains { HostPattern.normalized($0) == host } }
    return (exact ?? sniIdentities.first { $0.names.contains { HostPattern.matches($0, host) } })?.identity
  }

  /// Called by OpenSSL when a server is to show its certificate: 1 to go on, 0 to fail.
  private static let selectIdentity: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = {
    ssl, own in
    guard let own, let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else { return 1 }
    let context = Unmanaged<TLSContext>.fromOpaque(own).takeUnretainedValue()
    guard let identity = context.identity(for: String(cString: name)) else { return 1 }
    return withCertificateStack(Array(identity.chain.dropFirst())) {
      SSL_use_cert_and_key(ssl, identity.chain[0].handle.pointer, identity.key.handle.pointer, $0, 1)
    }
  }

  /// Called by OpenSSL when the client offers application protocols: the server's order decides, and nothing
  /// in common ends the handshake (RFC 7301 section 3.2).
  private static let selectProtocol: SSL_CTX_alpn_select_cb_func = {
    _, chosen, chosenLength, offered, length, own in
    guard let own, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let context = Unmanaged<TLSContext>.fromOpaque(own).takeUnretainedValue()
    return context.alpn.withUnsafeBufferPointer { ours in
      var found: UnsafeMutablePointer<UInt8>?
      let result = SSL_select_next_proto(
        &found, chosenLength, ours.baseAddress, UInt32(ours.count), offered, length)
      guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
      // Points into `alpn`, which lives as long as the connection does.
      chosen?.pointee = UnsafePointer(found)
      return SSL_TLSEXT_ERR_OK
    }
  }

  // MARK: Client

  /// What a client's connections have in common.
  public static func client(_ configuration: TLSClientConfiguration) throws(SecurityError) -> TLSContext {
    let verifier: CertificateVerifier?
    switch configuration.trust {
    case .system: verifier = try .system()
    case .authorities(let roots): verifier = try CertificateVerifier(roots: roots)
    case .anyone: verifier = nil
    }
    let context = try TLSContext(role: .client, alpn: configuration.alpn, verifier: verifier)
    try context.setVersions(configuration.minVersion, configuration.maxVersion)
    try context.setCiphers(try CipherSuites.openSSLList([]), configuration.minVersion)
    if let identity = configuration.identity { try context.use(identity) }
    if !context.alpn.isEmpty {
      SSL_CTX_set_alpn_protos(context.pointer, context.alpn, UInt32(context.alpn.count))
    }
    if verifier != nil {
      SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
      SSL_CTX_set_cert_verify_callback(context.pointer, TLSConnection.verifyServer, nil)
    }
    let mode = Int(SSL_SESS_CACHE_CLIENT) | Int(SSL_SESS_CACHE_NO_INTERNAL)
    shim_SSL_CTX_set_session_cache_mode(context.pointer, mode)
    SSL_CTX_sess_set_new_cb(context.pointer) { ssl, session in
      guard let session, let connection = TLSConnection.of(ssl) else { return 0 }
      connection.context.sessions.keep(session, for: connection.serverName)
      return 1
    }
    return context
  }
}
