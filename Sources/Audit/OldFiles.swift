import Dispatch
import Glibc
import HTTPService
import Synchronization
import Values

/// The files that a ``RotatingFile`` put aside: compressed and removed as its limits say, in the background.
final class OldFiles: Sendable {
  private let folder: String
  /// What stands before and after the time in a name.
  private let prefix: String
  private let ending: String
  private let limits: RotatingFile.Limits
  /// The latest time in a name so far: later files have later ones, also when earlier ones are gone.
  private let latest = Mutex(Timestamp(seconds: 0, nanoseconds: 0))
  private let queue = DispatchQueue(label: "audit-log-old-files", qos: .utility)

  init(path: String, limits: RotatingFile.Limits) {
    self.limits = limits
    let name: Substring
    if let slash = path.lastIndex(of: "/") {
      folder = slash == path.startIndex ? "/" : String(path[..<slash])
      name = path[path.index(after: slash)...]
    } else {
      folder = "."
      name = path[...]
    }
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    prefix = name[..<dot] + "-"
    ending = String(name[dot...])
  }

  /// The path of a file put aside at a moment, which no other file has yet.
  func name(at moment: Timestamp) -> String {
    latest.withLock { latest in
      var moment = max(moment, Self.next(latest))
      while true {
        latest = moment
        let path = "\(folder)/\(prefix)\(Self.text(moment))\(ending)"
        if access(path, F_OK) != 0, access(path + ".gz", F_OK) != 0 { return path }
        moment = Self.next(moment)
      }
    }
  }

  /// A millisecond later, which is the least that names tell apart.
  private static func next(_ moment: Timestamp) -> Timestamp {
    Timestamp(
      seconds: moment.seconds + (moment.nanoseconds >= 999_000_000 ? 1 : 0),
      nanoseconds: (moment.nanoseconds + 1_000_000) % 1_000_000_000)
  }

  /// `2026-01-02T03-04-05.678`, UTC.
  private static func text(_ moment: Timestamp) -> String {
    // The microseconds' last three digits and the Z go.
    String(moment.rfc3339Micro.replacing(":", with: "-").dropLast(4))
  }

  private static func time(_ text: Substring) -> Timestamp? {
    guard let mark = text.firstIndex(of: "T") else { return nil }
    return Timestamp(rfc3339: String(text[..<mark]) + text[mark...].replacing("-", with: ":") + "Z")
  }

  /// Compresses and removes what has become old.
  func tidy() { queue.async { [self] in tidyNow() } }

  /// Waits until what was begun is done; for tests.
  func wait() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  private struct OldFile {
    var name: String
    var time: Timestamp
    var isCompressed: Bool
  }

  private func tidyNow() {
    var files = list().sorted { $0.time > $1.time }
    let oldest = Timestamp.now.adding(seconds: -Int64(limits.days) * 86_400)
    for (index, file) in files.enumerated().reversed() {
      let isOne = limits.backups > 0 && index >= limits.backups || limits.days > 0 && file.time < oldest
      guard isOne else { continue }
      unlink("\(folder)/\(file.name)")
      files.remove(at: index)
    }
    guard limits.compresses else { return }
    for file in files where !file.isCompressed {
      let path = "\(folder)/\(file.name)"
      let part = path + ".gz.part"
      if GzipFile.compress(path, to: part), rename(part, path + ".gz") == 0 {
        unlink(path)
      } else {
        unlink(part)
      }
    }
  }

  private func list() -> [OldFile] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var files: [OldFile] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let isCompressed = name.hasSuffix(".gz")
      let plain = isCompressed ? name.dropLast(3) : name[...]
      guard plain.hasPrefix(prefix), plain.hasSuffix(ending), plain.count > prefix.count + ending.count,
        let time = Self.time(plain.dropFirst(prefix.count).dropLast(ending.count))
      else { continue }
      files.append(OldFile(name: name, time: time, isCompressed: isCompressed))
    }
    return files
  }
}
