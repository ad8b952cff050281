/// Whether two names may be one, spelt differently.
enum Lookalike {
  /// Longer names are compared as they are.
  private static let longest = 128

  /// Names that differ in case, in a prefix before a colon (`oidc:jane`), in the plural's `s`, or in one letter
  /// (two of names with eight or more).
  static func areAlike(_ a: String, _ b: String) -> Bool {
    let (a, b) = (a.lowercased(), b.lowercased())
    if a == b || a.hasSuffix(":\(b)") || b.hasSuffix(":\(a)") || a + "s" == b || b + "s" == a { return true }
    let (x, y) = (Array(a.utf8), Array(b.utf8))
    let shorter = min(x.count, y.count)
    guard shorter >= 3, max(x.count, y.count) <= longest else { return false }
    let allowed = shorter >= 8 ? 2 : 1
    guard abs(x.count - y.count) <= allowed else { return false }
    return distance(x, y) <= allowed
  }

  /// Insertions, deletions, replacements and swaps of neighbours from one to the other.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      row.reserveCapacity(b.count + 1)
      for j in 1...b.count {
        var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, beforeLast[j - 2] + 1)
        }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
