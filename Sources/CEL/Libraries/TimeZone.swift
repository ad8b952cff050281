import Glibc
import Synchronization
import Values

/// Time zones by name, from the system's time zone data (RFC 9636), or as an offset such as `-08:30`.
enum TimeZone {
  /// Seconds east of UTC at a moment.
  /// - Throws: where the zone is not known.
  static func offset(of moment: Timestamp, in zone: String) throws(CELError) -> Int64 {
    if zone.contains(":") { return try fixedOffset(zone) }
    if zone.isEmpty || zone == "UTC" { return 0 }
    guard let data = data(of: zone) else { throw CELError("unknown time zone \(zone)") }
    return data.offset(at: moment.seconds)
  }

  private static func fixedOffset(_ zone: String) throws(CELError) -> Int64 {
    let parts = zone.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    func number(_ text: Substring) throws(CELError) -> Int64 {
      guard let number = Int64(text), number.magnitude < 1_000_000 else {
        throw CELError("strconv.Atoi: parsing \(GoText.quoted(String(text))): invalid syntax")
      }
      return number
    }
    let hours = try number(parts[0])
    let minutes = try number(parts[1])
    return (hours * 60 + (zone.hasPrefix("-") ? -minutes : minutes)) * 60
  }

  /// Zones that were asked for; nil for names that are none.
  private static let cache = Mutex<[String: ZoneData?]>([:])
  private static let cacheLimit = 1000

  private static func data(of zone: String) -> ZoneData? {
    if let known = cache.withLock({ $0[zone] }) { return known }
    let data = ZoneData(named: zone)
    cache.withLock { if $0.count < cacheLimit { $0[zone] = .some(data) } }
    return data
  }
}

/// The times at which a zone's offset changes.
struct ZoneData: Sendable {
  private let transitions: [Int64]
  /// After the transition of the same index.
  private let offsets: [Int64]
  private let firstOffset: Int64
  /// What holds after the last transition, in the notation of POSIX.
  private let rule: ZoneRule?

  /// Bytes of a file that are read at most.
  private static let sizeLimit = 1 << 20
  private static let folders = ["/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/etc/zoneinfo/"]

  init?(named name: String) {
    // Nothing of a name may lead out of the folder.
    guard name.utf8.count < 100, !name.contains(".."), !name.hasPrefix("/"),
      name.utf8.allSatisfy({
        ("a"..."z").contains(Character(Unicode.Scalar($0)))
          || ("A"..."Z").contains(Character(Unicode.Scalar($0)))
          || ("0"..."9").contains(Character(Unicode.Scalar($0))) || "/_+-".utf8.contains($0)
      })
    else { return nil }
    for folder in Self.folders {
      if let bytes = Self.read(folder + name), let data = ZoneData(bytes) {
        self = data
        return
      }
    }
    return nil
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < sizeLimit {
      let count = Glibc.read(file, &buffer, buffer.count)
      if count <= 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }

  /// Reads a file of time zone data; nil for what is none.
  init?(_ bytes: [UInt8]) {
    var reader = BigEndianReader(bytes)
    guard let first = Header(&reader) else { return nil }
    var wide = 4
    var header = first
    if first.version >= UInt8(ascii: "2") {
      guard reader.skip(first.dataSize(timeSize: 4)), let second = Header(&reader) else { return nil }
      header = second
      wide = 8
    }
    var transitions: [Int64] = []
    for _ in 0..<header.timeCount {
      guard let time = reader.integer(wide) else { return nil }
      transitions.append(time)
    }
    guard let indexes = reader.bytes(header.timeCount) else { return nil }
    var types: [Int64] = []
    for _ in 0..<header.typeCount {
      guard let offset = reader.integer(4), reader.skip(2) else { return nil }
      types.append(offset)
    }
    guard let standard = types.first, indexes.allSatisfy({ Int($0) < types.count }) else { return nil }
    self.transitions = transitions
    offsets = indexes.map { types[Int($0)] }
    firstOffset = standard
    let rest = header.nameSize + header.leapCount * (wide + 4) + header.standardCount + header.utCount
    if wide == 8, reader.skip(rest), let footer = reader.line() {
      rule = ZoneRule(footer)
    } else {
      rule = nil
    }
  }

  func offset(at seconds: Int64) -> Int64 {
    if let last = transitions.last, seconds >= last, let rule { return rule.offset(at: seconds) }
    if transitions.isEmpty, let rule { return rule.offset(at: seconds) }
    // The last transition that is not after the moment.
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? firstOffset : offsets[low - 1]
  }

  private struct Header {
    let version: UInt8
    let utCount: Int, standardCount: Int, leapCount: Int, timeCount: Int, typeCount: Int, nameSize: Int

    init?(_ reader: inout BigEndianReader) {
      guard let magic = reader.bytes(4), magic.elementsEqual("TZif".utf8), let version = reader.bytes(1),
        reader.skip(15)
      else { return nil }
      self.version = version[0]
      var counts: [Int] = []
      for _ in 0..<6 {
        guard let count = reader.integer(4), count >= 0, count < 100_000 else { return nil }
        counts.append(Int(count))
      }
      (utCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
      (timeCount, typeCount, nameSize) = (counts[3], counts[4], counts[5])
    }

    func dataSize(timeSize: Int) -> Int {
      timeCount * (timeSize + 1) + typeCount * 6 + nameSize + leapCount * (timeSize + 4) + standardCount
        + utCount
    }
  }
}

/// Reads numbers from bytes, the highest byte first.
private struct BigEndianReader {
  private let data: [UInt8]
  private var at = 0

  init(_ data: [UInt8]) { self.data = data }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, data.count - at >= count else { return nil }
    defer { at += count }
    return Array(data[at..<(at + count)])
  }

  mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }

  /// A signed number of four or eight bytes.
  mutating func integer(_ size: Int) -> Int64? {
    guard let bytes = bytes(size) else { return nil }
    let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: number)) : Int64(bitPattern: number)
  }

  /// The text between two line breaks.
  mutating func line() -> String? {
    guard bytes(1) == [UInt8(ascii: "\n")], let end = data[at...].firstIndex(of: UInt8(ascii: "\n")) else {
      return nil
    }
    return String(decoding: data[at..<end], as: UTF8.self)
  }
}
