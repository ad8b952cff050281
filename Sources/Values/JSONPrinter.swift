/// Prints values as Go's encoding/json does: HTML characters escaped, floats in the shortest form.
enum JSONPrinter {
  /// - Parameter indent: the level of the value if the text is to be laid out in lines, else nil.
  static func append(_ value: Value, to out: inout [UInt8], indent: Int?) {
    switch value {
    case .null: append("null" as StaticString, to: &out)
    case .bool(let v): append(v ? "true" as StaticString : "false", to: &out)
    case .int(let v): append(v, to: &out)
    case .double(let v): append(v, to: &out)
    case .string(let v): append(v, to: &out)
    case .array(let elements): append(elements, to: &out, indent: indent)
    case .object(let object): append(object, to: &out, indent: indent)
    }
  }

  private static func append(_ text: StaticString, to out: inout [UInt8]) {
    out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func append(_ elements: [Value], to out: inout [UInt8], indent: Int?) {
    out.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      if let indent { newLine(indent + 1, to: &out) }
      append(element, to: &out, indent: indent.map { $0 + 1 })
    }
    if let indent, !isFirst { newLine(indent, to: &out) }
    out.append(UInt8(ascii: "]"))
  }

  private static func append(_ object: Object, to out: inout [UInt8], indent: Int?) {
    out.append(UInt8(ascii: "{"))
    var isFirst = true
    for (key, value) in object {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      if let indent { newLine(indent + 1, to: &out) }
      append(key, to: &out)
      out.append(UInt8(ascii: ":"))
      if indent != nil { out.append(UInt8(ascii: " ")) }
      append(value, to: &out, indent: indent.map { $0 + 1 })
    }
    if let indent, !isFirst { newLine(indent, to: &out) }
    out.append(UInt8(ascii: "}"))
  }

  private static func newLine(_ indent: Int, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\n"))
    for _ in 0..<indent * 2 { out.append(UInt8(ascii: " ")) }
  }

  // MARK: - Numbers

  private static func append(_ number: Int64, to out: inout [UInt8]) {
    if number < 0 { out.append(UInt8(ascii: "-")) }
    let start = out.count
    var rest = number.magnitude
    repeat {
      out.append(UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0"))
      rest /= 10
    } while rest > 0
    if out.count - start > 1 { out[start...].reverse() }
  }

  private static func append(_ number: Double, to out: inout [UInt8]) {
    if !number.isFinite {
      append("null" as StaticString, to: &out)
    } else if let whole = Int64(exactly: number), number.magnitude < 9e15, whole != 0 {
      append(whole, to: &out)
    } else {
      out.append(contentsOf: FloatText.json(number).utf8)
    }
  }

  // MARK: - Strings

  static func append(_ string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { bytes in
      var start = 0
      var i = 0
      while i < bytes.count {
        let byte = bytes[i]
        if !needsLook(byte) {
          i += 1
          continue
        }
        if byte == 0xE2 {
          // U+2028 and U+2029, which JavaScript takes for line ends; E2 begins many other characters too.
          guard i + 2 < bytes.count, bytes[i + 1] == 0x80, bytes[i + 2] & 0xFE == 0xA8 else {
            i += 1
            continue
          }
        }
        out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<i]))
        if byte == 0xE2 {
          out.append(contentsOf: (bytes[i + 2] == 0xA8 ? "\\u2028" : "\\u2029").utf8)
          i += 3
        } else {
          appendEscape(byte, to: &out)
          i += 1
        }
        start = i
      }
      out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<bytes.count]))
    }
    out.append(UInt8(ascii: "\""))
  }

  /// The bytes that may have to be escaped.
  @inline(__always)
  private static func needsLook(_ byte: UInt8) -> Bool {
    switch byte {
    case 0..<0x20, 0xE2, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "&"):
      true
    default: false
    }
  }

  private static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
    case 0x08: out.append(UInt8(ascii: "b"))
    case 0x0C: out.append(UInt8(ascii: "f"))
    case UInt8(ascii: "\n"): out.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): out.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): out.append(UInt8(ascii: "t"))
    default:
      out.append(contentsOf: "u00".utf8)
      for digit in [byte >> 4, byte & 15] {
        out.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
}
