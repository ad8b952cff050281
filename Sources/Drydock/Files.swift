import Glibc

/// Reads the files that a configuration names.
public enum Files {
  /// No configuration file is this large.
  static let maximumBytes = 16 << 20

  /// - Throws: one line with the flag and the reason.
  public static func read(_ path: String, flag: String) throws(ConfigurationError) -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      throw ConfigurationError("\(flag): \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count > 0 { bytes.append(contentsOf: chunk[..<count]) }
      if ferror(file) != 0 {
        throw ConfigurationError("\(flag): \(path): \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      if bytes.count > maximumBytes { throw ConfigurationError("\(flag): \(path): larger than 16 MiB") }
    }
  }
}
