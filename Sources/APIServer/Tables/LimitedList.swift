/// Lists that show their first few elements and count the rest: `a,b,c + 2 more...`
enum LimitedList {
  static let shown = 3

  /// - Parameter total: how many there are in all, where not all of them are elements.
  static func text(
    _ elements: [String], total: Int? = nil, shown: Int = shown, separator: String = ",", empty: String = ""
  ) -> String {
    let total = total ?? elements.count
    let text = elements.prefix(shown).joined(separator: separator)
    if elements.count > shown { return "\(text) + \(total - shown) more..." }
    return text.isEmpty ? empty : text
  }
}
