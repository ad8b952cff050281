internal import COpenSSL

/// Why an operation on a key, a certificate, a token or a file failed: one line of text for people.
///
/// Never holds key material, tokens or passwords.
public struct SecurityError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, one line.
  public let description: String

  /// An error that says `description`.
  public init(_ description: String) {
    self.description = description
  }

  /// `doing`, then the oldest entry of this thread's OpenSSL error queue, which is emptied.
  static func openSSL(_ doing: String) -> SecurityError {
    let reason = OpenSSLErrors.take()
    return SecurityError(reason.isEmpty ? doing : "\(doing): \(reason)")
  }
}

/// This thread's OpenSSL error queue.
enum OpenSSLErrors {
  /// The reason of the oldest entry (such as `wrong version number`), empty when there is none; empties the
  /// queue.
  static func take() -> String {
    let code = ERR_get_error()
    guard code != 0 else { return "" }
    ERR_clear_error()
    guard let reason = ERR_reason_error_string(code) else { return "error \(ERR_GET_REASON(code))" }
    return String(cString: reason)
  }

  /// The reason number of the oldest entry (`SSL_R_…`), 0 when there is none; leaves the queue as it is.
  static func peekReason() -> Int32 {
    ERR_GET_REASON(ERR_peek_error())
  }

  /// Empties the queue, as OpenSSL wants before every call whose result is read with `SSL_get_error`.
  static func clear() {
    ERR_clear_error()
  }
}
