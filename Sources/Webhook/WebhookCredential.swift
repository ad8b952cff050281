import HTTPService
import NIOHTTP1
import Security
import Values

/// How a webhook is told who calls.
public enum WebhookCredential: Sendable {
  case token(String)
  /// A file with a token, read again when it changes.
  case tokenFile(Reloading<String>)
  case password(user: String, password: String)

  /// Reads the token from a file, and again when it has changed; client-go looks as often.
  ///
  /// - Throws: one line that names the file.
  static func tokenFile(path: String) throws(SecurityError) -> WebhookCredential {
    do {
      return .tokenFile(
        try Reloading(paths: [path], checkEvery: 60) {
          let token = String(decoding: try FileSystem.read(path), as: UTF8.self)
          let text = token.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
          guard !text.isEmpty else {
            throw SecurityError("read empty token from file \(GoText.quoted(path))")
          }
          return text
        })
    } catch let error as SecurityError {
      throw SecurityError("failed to read token file \(GoText.quoted(path)): \(error)")
    } catch {
      throw SecurityError("failed to read token file \(GoText.quoted(path))")
    }
  }

  /// The value of the `Authorization` header.
  public var header: String {
    switch self {
    case .token(let token): "Bearer \(token)"
    case .tokenFile(let file): "Bearer \(file.current)"
    case .password(let user, let password): "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }
  }
}
