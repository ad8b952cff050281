/// Finds one sequence of elements in another in time that grows with both lengths together
/// (the algorithm of Knuth, Morris and Pratt).
enum ByteSearch {
  /// Where the pattern first comes at an offset or after it.
  static func first<Element: Equatable>(of pattern: [Element], in text: [Element], from start: Int = 0)
    -> Int?
  {
    if pattern.isEmpty { return start <= text.count ? start : nil }
    guard text.count - start >= pattern.count else { return nil }
    let fallback = fallbacks(pattern)
    var matched = 0
    for index in start..<text.count {
      while matched > 0, pattern[matched] != text[index] { matched = fallback[matched - 1] }
      if pattern[matched] == text[index] { matched += 1 }
      if matched == pattern.count { return index + 1 - matched }
    }
    return nil
  }

  /// Where the pattern comes last, beginning at an offset at most.
  static func last<Element: Equatable>(of pattern: [Element], in text: [Element], upTo end: Int) -> Int? {
    if pattern.isEmpty { return end }
    let limit = min(end, text.count - pattern.count)
    guard limit >= 0 else { return nil }
    // Searching backwards is searching the reversed text for the reversed pattern.
    let reversed = Array(text[..<(limit + pattern.count)].reversed())
    return first(of: Array(pattern.reversed()), in: reversed).map { limit - $0 }
  }

  /// For each part of the pattern how much of it stands again at its end.
  private static func fallbacks<Element: Equatable>(_ pattern: [Element]) -> [Int] {
    var fallback = Array(repeating: 0, count: pattern.count)
    var matched = 0
    for index in pattern.indices.dropFirst() {
      while matched > 0, pattern[matched] != pattern[index] { matched = fallback[matched - 1] }
      if pattern[matched] == pattern[index] { matched += 1 }
      fallback[index] = matched
    }
    return fallback
  }
}
