internal import COpenSSL
import Synchronization

/// A client's sessions to take up again, the newest for each server name.
final class TLSClientSessions: Sendable {
  /// @unchecked: only used with the table locked.
  private struct Session: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  /// Servers to remember; at more, all are forgotten.
  private static let limit = 64

  private let sessions = Mutex<[String: Session]>([:])

  /// Takes over one reference to a session.
  func keep(_ session: OpaquePointer, for serverName: String) {
    let new = Session(pointer: session)
    sessions.withLock { sessions in
      if sessions.count >= TLSClientSessions.limit {
        for old in sessions.values { SSL_SESSION_free(old.pointer) }
        sessions = [:]
      }
      if let old = sessions.updateValue(new, forKey: serverName) { SSL_SESSION_free(old.pointer) }
    }
  }

  /// Hands a session to a new connection. Those of TLS 1.3 are used once (RFC 8446 appendix C.4); for older
  /// ones a server gives no new one when they are taken up again.
  func offer(for serverName: String, _ ssl: OpaquePointer) {
    sessions.withLock { sessions in
      guard let session = sessions[serverName]?.pointer else { return }
      SSL_set_session(ssl, session)
      guard SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION else { return }
      sessions[serverName] = nil
      SSL_SESSION_free(session)
    }
  }

  deinit {
    for session in sessions.withLock({ $0.values.map(\.pointer) }) { SSL_SESSION_free(session) }
  }
}

/// A client's intermediate certificates in its session ticket. OpenSSL puts only the leaf there, and without
/// the others a session taken up again could not be authenticated.
enum TicketChain {
  /// Longer chains are not put into tickets: sessions with them are not taken up again.
  private static let limit = 16 * 1024

  /// Called by OpenSSL when it makes a ticket.
  static let remember: SSL_CTX_generate_session_ticket_fn = { ssl, _ in
    let chain = SSL_get_peer_cert_chain(ssl)
    let count = shim_sk_X509_num(chain)
    // A session taken up again has its chain in the ticket already.
    guard let session = SSL_get_session(ssl), count > 0 else { return 1 }
    var der: [UInt8] = []
    for index in 0..<count {
      guard let certificate = shim_sk_X509_value(chain, index) else { continue }
      der += encodedDER { i2d_X509(certificate, $0) }
    }
    if der.count > limit { der = [0] }
    return SSL_SESSION_set1_ticket_appdata(session, der, der.count)
  }

  /// Called by OpenSSL when it has opened a ticket: whether to use it.
  static let decide: SSL_CTX_decrypt_session_ticket_fn = { _, session, _, _, status, _ in
    guard status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW else {
      return SSL_TICKET_RETURN_IGNORE_RENEW
    }
    guard stored(session) != [0] else { return SSL_TICKET_RETURN_IGNORE_RENEW }
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
  }

  /// The certificates in a session's ticket.
  static func certificates(_ session: OpaquePointer?) -> [Certificate] {
    var rest = stored(session)[...]
    var certificates: [Certificate] = []
    while !rest.isEmpty {
      let pointer = rest.withUnsafeBufferPointer { buffer in
        var place = buffer.baseAddress
        let pointer = d2i_X509(nil, &place, buffer.count)
        if let place, let start = buffer.baseAddress { rest = rest.dropFirst(max(1, place - start)) }
        return pointer
      }
      guard let pointer else { break }
      certificates.append(Certificate(handle: CertificateHandle(owning: pointer)))
    }
    return certificates
  }

  private static func stored(_ session: OpaquePointer?) -> [UInt8] {
    var data: UnsafeMutableRawPointer?
    var length = 0
    guard let session, SSL_SESSION_get0_ticket_appdata(session, &data, &length) == 1, let data else {
      return []
    }
    return Array(UnsafeRawBufferPointer(start: data, count: length))
  }
}
