/// Reads the tokens of a JSON text: strings, numbers, literals. Errors are in Go's words.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// The offset of the next byte.
  private(set) var at = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { at >= bytes.count }

  /// The next byte, which stays next.
  func byte() throws(JSON.SyntaxError) -> UInt8 {
    guard at < bytes.count else { throw endOfInput() }
    return bytes[at]
  }

  mutating func advance() { at += 1 }

  /// Steps over that byte if it is the next one.
  mutating func take(_ expected: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == expected else { return false }
    at += 1
    return true
  }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  mutating func literal(_ word: StaticString) throws(JSON.SyntaxError) {
    let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    for expectedByte in expected {
      guard try byte() == expectedByte else {
        throw unexpected("in literal \(word) (expecting '\(Character(Unicode.Scalar(expectedByte)))')")
      }
      at += 1
    }
  }

  // MARK: - Numbers

  mutating func number() throws(JSON.SyntaxError) -> Value {
    let start = at
    let isNegative = take(UInt8(ascii: "-"))
    let firstDigit = at
    guard isDigit(try byte()) else { throw unexpected("in numeric literal") }
    if bytes[at] == UInt8(ascii: "0") { at += 1 } else { skipDigits() }
    let digitsEnd = at
    if take(UInt8(ascii: ".")) { try digits("after decimal point in numeric literal") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits("in exponent of numeric literal")
    }
    if at == digitsEnd, let small = integer(firstDigit..<digitsEnd, isNegative: isNegative) {
      return .int(small)
    }
    let text = string(start..<at, isASCII: true)
    guard let number = Double(text), number.isFinite else {
      throw JSON.SyntaxError(
        message: "json: cannot unmarshal number \(text.prefix(100)) into Go value of type float64",
        offset: start)
    }
    return .double(number)
  }

  private func integer(_ range: Range<Int>, isNegative: Bool) -> Int64? {
    // The largest magnitude, that of Int64.min, has 19 digits and fits, as does every number of 19 digits.
    guard range.count <= 19 else { return nil }
    var magnitude: UInt64 = 0
    for i in range { magnitude = magnitude &* 10 &+ UInt64(bytes[i] &- 0x30) }
    if magnitude <= UInt64(Int64.max) { return isNegative ? -Int64(magnitude) : Int64(magnitude) }
    return isNegative && magnitude == Int64.min.magnitude ? Int64.min : nil
  }

  private mutating func digits(_ place: String) throws(JSON.SyntaxError) {
    guard isDigit(try byte()) else { throw unexpected(place) }
    skipDigits()
  }

  private mutating func skipDigits() { while at < bytes.count, isDigit(bytes[at]) { at += 1 } }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  // MARK: - Strings

  /// Reads a string; the next byte is its opening quote.
  mutating func string() throws(JSON.SyntaxError) -> String {
    let start = at + 1
    var end = start
    var seen: UInt8 = 0
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        at = end + 1
        return string(start..<end, isASCII: seen < 0x80)
      }
      if byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      seen |= byte
      end += 1
    }
    at = end
    if try byte() == UInt8(ascii: "\\") { return try escapedString(from: start) }
    throw unexpected("in string literal")
  }

  private func string(_ range: Range<Int>, isASCII: Bool) -> String {
    let slice = UnsafeBufferPointer(rebasing: bytes[range])
    // Validation is slow, so what needs none doesn't get any.
    if isASCII { return String(decoding: slice, as: UTF8.self) }
    return String(validating: slice, as: UTF8.self) ?? UTF8Repair.string(slice)
  }

  private mutating func escapedString(from start: Int) throws(JSON.SyntaxError) -> String {
    var text = Array(bytes[start..<at])
    while at < bytes.count {
      let byte = bytes[at]
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return String(validating: text, as: UTF8.self) ?? text.withUnsafeBufferPointer(UTF8Repair.string)
      case UInt8(ascii: "\\"):
        at += 1
        try escape(into: &text)
      case 0..<0x20: throw unexpected("in string literal")
      default:
        text.append(byte)
        at += 1
      }
    }
    throw endOfInput()
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSON.SyntaxError) {
    let byte = try byte()
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      at += 1
      try unicodeEscape(into: &text)
      return
    default: throw unexpected("in string escape code")
    }
    at += 1
  }

  private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSON.SyntaxError) {
    var code = try hex4()
    if code & 0xFC00 == 0xD800, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      let back = at
      at += 2
      let low = try hex4()
      if low & 0xFC00 == 0xDC00 {
        code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
      } else {
        at = back
      }
    }
    // A lone surrogate becomes U+FFFD, as in Go.
    text.append(
      contentsOf: UTF8.encode(Unicode.Scalar(code) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
  }

  private mutating func hex4() throws(JSON.SyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = try byte()
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 + UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 + UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 + UInt32(byte - UInt8(ascii: "A") + 10)
      default: throw unexpected("in \\u hexadecimal character escape")
      }
      at += 1
    }
    return code
  }

  // MARK: - Errors

  func endOfInput() -> JSON.SyntaxError {
    JSON.SyntaxError(message: "unexpected end of JSON input", offset: bytes.count)
  }

  /// The error of the next byte, which must exist.
  func unexpected(_ place: String) -> JSON.SyntaxError {
    let byte = bytes[at]
    let shown: String
    switch byte {
    case UInt8(ascii: "'"): shown = #"'\''"#
    case UInt8(ascii: "\""): shown = #"'"'"#
    default:
      // Go quotes the byte as if it were a character.
      shown = "'" + GoText.quoted(String(Character(Unicode.Scalar(byte)))).dropFirst().dropLast() + "'"
    }
    return JSON.SyntaxError(message: "invalid character \(shown) \(place)", offset: at)
  }
}

/// Makes text of bytes that are not valid UTF-8.
enum UTF8Repair {
  /// The text with U+FFFD for every byte that belongs to no character, one for each, as Go does.
  static func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var out = ""
    var at = 0
    outer: while at < bytes.count {
      for length in 1...4 where at + length <= bytes.count {
        let slice = UnsafeBufferPointer(rebasing: bytes[at..<at + length])
        if let character = String(validating: slice, as: UTF8.self) {
          out += character
          at += length
          continue outer
        }
      }
      out += "\u{FFFD}"
      at += 1
    }
    return out
  }
}
