import Glibc

/// The few things that keys, certificates and credentials need of the file system.
public enum FileSystem {
  /// The longest file that is read.
  private static let limit = 4 * 1024 * 1024

  /// All bytes of a file, of at most 4 MiB.
  ///
  /// - Throws: one line with the path, such as `open /x: no such file or directory`.
  public static func read(_ path: String) throws(SecurityError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open", path) }
    defer { Glibc.close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= limit else { throw SecurityError("read \(path): file too large") }
    }
  }

  /// Whether something is there.
  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Writes a file in one step: readers see all of it or what was there before.
  ///
  /// - Parameter mode: the permissions, from the first moment on.
  static func write(_ text: String, to path: String, mode: mode_t) throws(SecurityError) {
    let temporary = "\(path).\(BaseText.hex(Digest.randomBytes(6))).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw failure("create", path) }
    var rest = Array(text.utf8)[...]
    var failed = false
    while !rest.isEmpty, !failed {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 { failed = errno != EINTR } else { rest = rest.dropFirst(count) }
    }
    // The umask may have taken permissions away.
    failed = failed || fchmod(file, mode) != 0
    failed = Glibc.close(file) != 0 || failed
    failed = failed || rename(temporary, path) != 0
    guard failed else { return }
    let error = failure("write", path)
    unlink(temporary)
    throw error
  }

  /// Makes a directory, and those it is in, where they are missing.
  static func makeDirectory(_ path: String, mode: mode_t) throws(SecurityError) {
    if mkdir(path, mode) == 0 || errno == EEXIST { return }
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    guard errno == ENOENT, !parent.isEmpty else { throw failure("mkdir", path) }
    try makeDirectory(parent, mode: 0o755)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
  }

  /// Runs `body` while no other process runs one for the same directory; waits for at most five seconds.
  static func locked<R>(_ directory: String, _ body: () throws(SecurityError) -> R) throws(SecurityError) -> R
  {
    let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open", directory) }
    // Closing gives the lock back.
    defer { Glibc.close(file) }
    for attempt in 0..<1000 where flock(file, LOCK_EX | LOCK_NB) != 0 {
      // A file system without locks: go on without.
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      guard attempt < 999 else { throw SecurityError("\(directory) is locked by another process") }
      usleep(5000)
    }
    return try body()
  }

  /// What changes when a file is replaced or written; nil when it is not there.
  static func stamp(_ path: String) -> [Int]? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return [
      Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
    ]
  }

  private static func failure(_ doing: String, _ path: String) -> SecurityError {
    let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    return SecurityError("\(doing) \(path): \(reason.prefix(1).lowercased())\(reason.dropFirst())")
  }
}
