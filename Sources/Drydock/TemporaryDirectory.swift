import Glibc

/// A folder of the server's own, for as long as it runs.
struct TemporaryDirectory: Sendable {
  let path: String

  init() throws(ConfigurationError) {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/drydock-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw ConfigurationError(
        "\(base): no temporary folder can be made: \(String(cString: strerror(errno)))")
    }
    path = String(cString: made)
  }

  /// Removes the folder and the files in it.
  func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
