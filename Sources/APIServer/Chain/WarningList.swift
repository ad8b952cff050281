/// The warnings of one answer, bounded as in the real server: each text once; when there are more than 4096
/// characters in all, each is cut to 256, and what then goes beyond is dropped.
struct WarningList: Sendable {
  private static let maximum = 4096
  private static let maximumOfOne = 256

  private(set) var texts: [String] = []
  private var seen: Set<String> = []
  private var length = 0
  private var isCutting = false

  /// Adds a text that is not there yet. One with control characters has no place in a header and is dropped.
  mutating func add(_ text: String) {
    if text.isEmpty || isCutting && length >= Self.maximum { return }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { return }
    guard seen.insert(text).inserted else { return }
    let size = text.unicodeScalars.count
    if !isCutting, length + size > Self.maximum {
      isCutting = true
      texts = texts.map(Self.cut)
      length = texts.reduce(0) { $0 + $1.unicodeScalars.count }
    }
    let added = isCutting ? Self.cut(text) : text
    texts.append(added)
    length += isCutting ? min(size, Self.maximumOfOne) : size
  }

  private static func cut(_ text: String) -> String {
    var short = String.UnicodeScalarView()
    short.append(contentsOf: text.unicodeScalars.prefix(maximumOfOne))
    return String(short)
  }
}
