import Glibc
import Synchronization
import Values

/// A file that lines are added to, and that is put aside when it has grown large. The old ones keep its name
/// with the time in it: `audit.log` becomes `audit-2026-01-02T03-04-05.678.log`, which is how
/// kube-apiserver's log files are found by tools.
public final class RotatingFile: Sendable {
  /// `--audit-log-maxsize` and its kin; zero for no bound of age and number.
  public struct Limits: Sendable, Equatable {
    /// Bytes after which the file is put aside.
    public var size: Int64 = 100 << 20
    /// Days that old files are kept.
    public var days = 366
    /// Old files that are kept.
    public var backups = 100
    /// Whether old files are compressed (gzip).
    public var compresses = false

    public init() {}
  }

  /// Lines that could not be written.
  public struct Failure: Error {
    public var lostLines: Int
    public var message: String
  }

  private struct State: ~Copyable {
    var descriptor: Int32 = -1
    var size: Int64 = 0
    /// A write ended in the middle of a line: the next begins on one of its own.
    var isMidLine = false
  }

  /// Nil for standard output.
  private let path: String?
  private let limits: Limits
  private let state: Mutex<State>
  let backups: OldFiles?

  /// Opens the file, and makes it where it is not there, for its owner alone.
  /// - Parameter path: a path, or `-` for standard output, which is never put aside.
  /// - Throws: the system's reason.
  public init(path: String, limits: Limits = Limits()) throws(AuditPolicyError) {
    self.limits = limits
    guard path != "-" else {
      self.path = nil
      backups = nil
      state = Mutex(State(descriptor: STDOUT_FILENO))
      return
    }
    self.path = path
    backups = OldFiles(path: path, limits: limits)
    let (descriptor, size) = Self.open(path)
    guard descriptor >= 0 else { throw AuditPolicyError("\(path): \(String(cString: strerror(errno)))") }
    state = Mutex(State(descriptor: descriptor, size: size))
    backups?.tidy()
  }

  deinit {
    if path != nil { state.withLock { if $0.descriptor >= 0 { _ = Glibc.close($0.descriptor) } } }
  }

  private static func open(_ path: String) -> (descriptor: Int32, size: Int64) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return (-1, 0) }
    var status = stat()
    return (descriptor, fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0)
  }

  /// Adds lines, each with its end. A line is in one file as a whole.
  public func write(_ lines: [[UInt8]]) throws(Failure) {
    let failure = state.withLock { state -> Failure? in
      var index = 0
      while index < lines.count {
        var batch: [UInt8] = state.isMidLine ? [UInt8(ascii: "\n")] : []
        let first = index
        while index < lines.count {
          let line = lines[index]
          let isFull = path != nil && state.size + Int64(batch.count + line.count) > limits.size
          if isFull, index > first || state.size > 0 { break }
          batch += line
          index += 1
        }
        if index > first, let reason = write(batch, &state) {
          return Failure(lostLines: lines.count - first, message: reason)
        }
        if index < lines.count, let reason = rotate(&state) {
          return Failure(lostLines: lines.count - index, message: reason)
        }
      }
      return nil
    }
    if let failure { throw failure }
  }

  private func write(_ bytes: [UInt8], _ state: inout State) -> String? {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(state.descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
      }
      if count < 0 {
        if errno == EINTR { continue }
        state.isMidLine = offset > 0 && bytes[offset - 1] != UInt8(ascii: "\n")
        return String(cString: strerror(errno))
      }
      offset += count
      state.size += Int64(count)
    }
    state.isMidLine = false
    return nil
  }

  /// Puts the file aside and begins a new one.
  private func rotate(_ state: inout State) -> String? {
    guard let path, let backups else { return nil }
    let aside = backups.name(at: .now)
    if rename(path, aside) != 0, errno != ENOENT { return String(cString: strerror(errno)) }
    let (descriptor, size) = Self.open(path)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    _ = Glibc.close(state.descriptor)
    state.descriptor = descriptor
    state.size = size
    state.isMidLine = false
    backups.tidy()
    return nil
  }
}
