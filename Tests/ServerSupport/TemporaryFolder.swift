import Glibc

/// An empty folder for a test's files, removed with the object.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    var template = Array("/tmp/drydock-tests-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(text: "mkdtemp: \(errno)") }
    path = String(cString: made)
  }

  deinit {
    guard path.hasPrefix("/tmp/drydock-tests-"), let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }

  struct Failure: Error { var text: String }

  /// Writes a file, in place of one that is there.
  ///
  /// - Returns: its path.
  @discardableResult
  public func write(_ text: String, _ name: String) throws -> String {
    let place = "\(path)/\(name)"
    let temporary = "\(place).new"
    guard let file = fopen(temporary, "wb") else { throw Failure(text: "\(place): \(errno)") }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count, rename(temporary, place) == 0 else {
      throw Failure(text: "\(place): \(errno)")
    }
    return place
  }
}
