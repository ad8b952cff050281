import Values

/// A generator that gives the same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension SeededGenerator {
  private static let texts = [
    "", "a", "name", "nginx:1.27", "yes", "null", "~", "1", "0x1F", "1e3", "-", "- a", "a: b", "#x", "é€😀",
    " lead", "trail ", "two\nlines", "two\nlines\n", "\n", "a\n\n", "  a\n b", "tab\there", "\u{1}\u{7F}",
    "\u{2028}<&>", "\"quoted\" 'single'", "2001-01-01", "12:30", "{", "[x]", "&a", "*a", "!t", "%x", "@x",
    "`",
    "true", "long " + String(repeating: "word and word ", count: 20), "...", "---", "?", "? x", "a\r\nb",
    "\\",
    "\u{85}x", "\u{FEFF}bom", "x\u{0}y", "=", "<<", ".5", "+1", "08", "1_000", "a #b", "a:", ":a", "\t",
  ]

  /// A value of at most so many levels.
  mutating func value(depth: Int) -> Value {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2:
      return .int(Int64.random(in: .min ... .max, using: &self) >> Int64.random(in: 0..<64, using: &self))
    case 3:
      let number = Double(bitPattern: next())
      return .double(number.isFinite ? number : 0.5)
    case 4: return .double(Double.random(in: -1e7...1e7, using: &self))
    case 5: return .string(text())
    case 6: return .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in value(depth: depth - 1) })
    default:
      var object = Object()
      for _ in 0..<Int.random(in: 0..<6, using: &self) { object[text()] = value(depth: depth - 1) }
      return .object(object)
    }
  }

  private mutating func text() -> String { Self.texts.randomElement(using: &self) ?? "" }

  /// The bytes with a few of them changed, removed or repeated.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: at)
      case 2: bytes.insert("{}[]\",:-\n &*!|>'#%\\0".utf8.randomElement(using: &self) ?? 0, at: at)
      default: bytes.removeSubrange(at...)
      }
    }
    return bytes
  }
}

extension Value {
  /// The value without the difference between integers and floating-point numbers, which a text does not
  /// keep: `1.0` is printed `1`.
  var normalized: Value {
    switch self {
    case .int(let number): .double(Double(number))
    case .double(let number): .double(number + 0)
    case .array(let elements): .array(elements.map(\.normalized))
    case .object(let object): .object(object.mapValues(\.normalized))
    default: self
    }
  }
}
