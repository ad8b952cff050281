import Drydock
import Glibc

/// Writes files that only their owner may read.
enum SecretFile {
  /// - Throws: one line with the path and the reason.
  static func write(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0, let file = fdopen(descriptor, "w") else {
      throw ConfigurationError("\(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    guard fputs(text, file) >= 0 else {
      throw ConfigurationError("\(path): \(String(cString: strerror(errno)))")
    }
  }
}
