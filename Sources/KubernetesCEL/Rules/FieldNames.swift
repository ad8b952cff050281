/// How names of fields that are no identifiers are written in expressions
/// (Kubernetes documentation, "Validation rules", escaping of property names).
public enum FieldNames {
  /// Words that the language keeps for itself.
  private static let reserved: Set = [
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
    "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
  ]

  /// The name as expressions write it; nil where they can't.
  public static func escaped(_ name: String) -> String? {
    if reserved.contains(name) { return "__\(name)__" }
    let bytes = Array(name.utf8)
    guard let first = bytes.first, !(0x30...0x39).contains(first) else { return nil }
    var out = ""
    out.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "."): out += "__dot__"
      case UInt8(ascii: "-"): out += "__dash__"
      case UInt8(ascii: "/"): out += "__slash__"
      case UInt8(ascii: "_"):
        if at < bytes.count, bytes[at] == byte {
          out += "__underscores__"
          at += 1
        } else {
          out += "_"
        }
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: out.unicodeScalars.append(Unicode.Scalar(byte))
      default: return nil
      }
    }
    return out
  }
}
