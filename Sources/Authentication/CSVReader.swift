/// Comma-separated values (RFC 4180) as Go's encoding/csv reads them: empty lines are skipped, records may
/// differ in length.
enum CSVReader {
  /// Why a text can't be read, in Go's words.
  struct SyntaxError: Error, CustomStringConvertible {
    var description: String
  }

  static func records(_ text: [UInt8]) throws(SyntaxError) -> [[String]] {
    var reader = Reader(text: text)
    var records: [[String]] = []
    while let record = try reader.record() { records.append(record) }
    return records
  }

  private struct Reader {
    let text: [UInt8]
    var at = 0
    var line = 1
    var lineStart = 0

    init(text: [UInt8]) { self.text = text }

    mutating func record() throws(SyntaxError) -> [String]? {
      while at < text.count, endsLine() { newLine() }
      guard at < text.count else { return nil }
      var fields = [try field()]
      while at < text.count, text[at] == UInt8(ascii: ",") {
        at += 1
        fields.append(try field())
      }
      if at < text.count { newLine() }
      return fields
    }

    private mutating func field() throws(SyntaxError) -> String {
      if at < text.count, text[at] == UInt8(ascii: "\"") { return try quotedField() }
      let start = at
      while at < text.count, text[at] != UInt8(ascii: ","), !endsLine() {
        if text[at] == UInt8(ascii: "\"") { throw error("bare \" in non-quoted field") }
        at += 1
      }
      return String(decoding: text[start..<at], as: UTF8.self)
    }

    private mutating func quotedField() throws(SyntaxError) -> String {
      at += 1
      var out: [UInt8] = []
      while at < text.count {
        if text[at] == UInt8(ascii: "\"") {
          at += 1
          if at < text.count, text[at] == UInt8(ascii: "\"") {
            out.append(text[at])
          } else if at >= text.count || text[at] == UInt8(ascii: ",") || endsLine() {
            return String(decoding: out, as: UTF8.self)
          } else {
            throw error("extraneous or missing \" in quoted-field")
          }
        } else {
          out.append(text[at])
          if text[at] == UInt8(ascii: "\n") {
            line += 1
            lineStart = at + 1
          }
        }
        at += 1
      }
      throw error("extraneous or missing \" in quoted-field")
    }

    private func endsLine() -> Bool {
      text[at] == UInt8(ascii: "\n")
        || (text[at] == UInt8(ascii: "\r") && at + 1 < text.count && text[at + 1] == UInt8(ascii: "\n"))
    }

    private mutating func newLine() {
      at += text[at] == UInt8(ascii: "\r") ? 2 : 1
      line += 1
      lineStart = at
    }

    private func error(_ problem: String) -> SyntaxError {
      SyntaxError(description: "parse error on line \(line), column \(at - lineStart + 1): \(problem)")
    }
  }
}
