/// One clause of an `Accept` header, or a `Content-Type` (RFC 9110, sections 8.3.1 and 12.5.1).
struct MediaType: Sendable, Equatable {
  var type: String
  var subtype: String
  /// Parameters but `q`, names in lower case.
  var parameters: [String: String] = [:]
  var quality = 1.0

  var essence: String { "\(type)/\(subtype)" }

  /// Reads `type/subtype; name=value`; nil where there is no slash.
  init?(_ text: some StringProtocol) {
    let pieces = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
    let names = pieces[0].split(separator: "/", omittingEmptySubsequences: false)
    if pieces[0] == "*" {
      (type, subtype) = ("*", "*")
    } else {
      guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
      (type, subtype) = (names[0].lowercased(), names[1].lowercased())
    }
    for piece in pieces.dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        Self.trimmed($0)
      }
      guard pair.count == 2 else { continue }
      let value =
        pair[1].hasPrefix("\"") && pair[1].hasSuffix("\"") && pair[1].count > 1
        ? String(pair[1].dropFirst().dropLast()) : pair[1]
      if pair[0].lowercased() == "q" {
        quality = Double(value) ?? 1
      } else {
        parameters[pair[0].lowercased()] = value
      }
    }
  }

  /// The clauses of an `Accept` header in the order in which the real server tries them: by quality, but no
  /// clause behind one that is wilder; the rest as given. At most 64 count.
  static func accepted(_ header: String) -> [MediaType] {
    var clauses = header.split(separator: ",").prefix(64).compactMap { MediaType($0) }
    // The order is none that a sort could go by: each clause is moved as far forward as it beats others.
    for start in clauses.indices.dropFirst() {
      var at = start
      while at > 0, clauses[at].precedes(clauses[at - 1]) {
        clauses.swapAt(at, at - 1)
        at -= 1
      }
    }
    return clauses
  }

  /// The types that a header names, as they are written, without their parameters. At most 64 count.
  static func essences(_ header: String) -> [String] {
    header.split(separator: ",").prefix(64).map { clause in
      trimmed(clause.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)[0])
    }
  }

  /// Reads a `Content-Type`; nil where a parameter is none (RFC 9110, section 8.3.1).
  init?(contentType text: String) {
    let pieces = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
    for (i, piece) in pieces.enumerated().dropFirst() {
      if piece.isEmpty, i == pieces.count - 1 { continue }
      let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else { return nil }
    }
    self.init(text)
  }

  private func precedes(_ other: MediaType) -> Bool {
    quality > other.quality || type != "*" && other.type == "*" || subtype != "*" && other.subtype == "*"
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var view = Substring(text)
    while let first = view.first, first == " " || first == "\t" { view.removeFirst() }
    while let last = view.last, last == " " || last == "\t" { view.removeLast() }
    return String(view)
  }
}
