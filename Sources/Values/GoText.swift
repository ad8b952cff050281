/// Texts as Go's fmt and strconv write them, which is how values appear in the server's error messages.
public enum GoText {
  /// The text in double quotes with Go's escapes, as `%q` prints it.
  public static func quoted(_ text: String) -> String {
    var out = "\""
    out.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\u{07}": out += "\\a"
      case "\u{08}": out += "\\b"
      case "\u{0C}": out += "\\f"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{0B}": out += "\\v"
      case " "..."~": out.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x80: out += "\\x" + hex(scalar.value, 2)
      case _ where isPrintable(scalar): out.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x10000: out += "\\u" + hex(scalar.value, 4)
      default: out += "\\U" + hex(scalar.value, 8)
      }
    }
    return out + "\""
  }

  /// The value in Go syntax, as `%#v` prints what a YAML or JSON document decodes to.
  /// - Parameter map: the Go type of objects.
  static func syntax(_ value: Value, map: String = "map[interface {}]interface {}") -> String {
    switch value {
    case .null: return "interface {}(nil)"
    case .bool(let v): return v ? "true" : "false"
    case .int(let v): return String(v)
    case .double(let v): return FloatText.general(v)
    case .string(let v): return quoted(v)
    case .array(let v):
      return "[]interface {}{" + v.map { syntax($0, map: map) }.joined(separator: ", ") + "}"
    case .object(let object):
      let members = object.sortedKeys.map { quoted($0) + ":" + syntax(object[$0] ?? .null, map: map) }
      return map + "{" + members.joined(separator: ", ") + "}"
    }
  }

  private static func hex(_ number: UInt32, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Go's unicode.IsPrint: letters, marks, numbers, punctuation and symbols; of the spaces, only U+0020.
  public static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      false
    default: true
    }
  }
}
