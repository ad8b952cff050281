import Values

/// Replaces what differs from one run of a server to the next by placeholders: identifiers, versions, times,
/// tokens, addresses and generated names.
enum Placeholders {
  /// - Parameters:
  ///   - key: the key that the value stands under, handed on to the elements of an array.
  ///   - generated: the `generateName` of the object that the value stands in.
  static func normal(_ value: Value, key: String = "", generated: String? = nil) -> Value {
    switch value {
    case .object(let object):
      let prefix = object["metadata"]?["generateName"]?.string ?? object["generateName"]?.string
      var result = Object()
      for (name, child) in object where !(key == "columnDefinitions" && name == "description") {
        result[name] = normal(child, key: name, generated: prefix)
      }
      return .object(result)
    case .array(let elements): return .array(elements.map { normal($0, key: key) })
    case .string(let text): return .string(normal(text, key: key, generated: generated))
    default: return value
    }
  }

  private static func normal(_ text: String, key: String, generated: String?) -> String {
    switch key {
    case "resourceVersion", "observedResourceVersion":
      if text != "", text != "0" { return "<rv>" }
    case "continue":
      if !text.isEmpty { return "<continue>" }
    case "name":
      if let generated, !generated.isEmpty, text.hasPrefix(generated) { return generated + "<suffix>" }
    default: break
    }
    // Nothing that is replaced is shorter than an address.
    guard text.utf8.count >= 8 else { return text }
    var bytes = Array(text.utf8)
    for rule in rules { bytes = rule.applied(to: bytes) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private struct Rule: Sendable {
    /// Nothing is looked for in texts without this byte.
    var marker: Character
    var placeholder: String
    /// Eats what is replaced, from where the scanner stands, and tells whether it is there.
    var match: @Sendable (inout Scanner) -> Bool

    func applied(to bytes: [UInt8]) -> [UInt8] {
      guard let marker = marker.asciiValue, bytes.contains(marker) else { return bytes }
      var result: [UInt8] = []
      var at = 0
      while at < bytes.count {
        var scanner = Scanner(bytes: bytes, at: at)
        if match(&scanner) {
          result.append(contentsOf: placeholder.utf8)
          at = scanner.at
        } else {
          result.append(bytes[at])
          at += 1
        }
      }
      return result
    }
  }

  private static let rules: [Rule] = [
    // A JSON web token.
    Rule(marker: ".", placeholder: "<jwt>") { scanner in
      guard scanner.eat("eyJ"), scanner.eat(atLeast: 1, where: isTokenByte), scanner.eat("."),
        scanner.eat(atLeast: 1, where: isTokenByte), scanner.eat(".")
      else { return false }
      return scanner.eat(atLeast: 0, where: isTokenByte)
    },
    // A time as RFC 3339 writes it.
    Rule(marker: "T", placeholder: "<time>") { scanner in
      guard scanner.digits(4), scanner.eat("-"), scanner.digits(2), scanner.eat("-"), scanner.digits(2),
        scanner.eat("T"), scanner.digits(2), scanner.eat(":"), scanner.digits(2), scanner.eat(":"),
        scanner.digits(2)
      else { return false }
      var fraction = scanner
      if fraction.eat("."), fraction.eat(atLeast: 1, where: isDigit) { scanner = fraction }
      if scanner.eat("Z") { return true }
      guard scanner.eat("+") || scanner.eat("-") else { return false }
      return scanner.digits(2) && scanner.eat(":") && scanner.digits(2)
    },
    // A UUID in lower case.
    Rule(marker: "-", placeholder: "<uid>") { scanner in
      for (index, length) in [8, 4, 4, 4, 12].enumerated() {
        guard index == 0 || scanner.eat("-"), scanner.eat(exactly: length, where: isHexadecimal) else {
          return false
        }
      }
      return true
    },
    // An address of a service or a pod.
    Rule(marker: ".", placeholder: "<ip>") { scanner in
      guard scanner.isAtWordBoundary, scanner.eat("10") else { return false }
      for _ in 0..<3 { guard scanner.eat("."), scanner.eat(atLeast: 1, where: isDigit) else { return false } }
      return scanner.isAtWordBoundary
    },
    Rule(marker: "k", placeholder: "kube-api-access-<suffix>") { scanner in
      scanner.isAtWordBoundary && scanner.eat("kube-api-access-")
        && scanner.eat(exactly: 5) { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        && scanner.isAtWordBoundary
    },
    // An object quoted whole, up to the last place where one can end.
    Rule(marker: "{", placeholder: "Invalid value: \"<object>\":") { scanner in
      scanner.eat("Invalid value: \"{") && scanner.eat(throughLast: "}\":")
    },
    Rule(marker: "(", placeholder: "ResourceVersion in the precondition (<rv>)") { scanner in
      scanner.eat("ResourceVersion in the precondition (") && scanner.eat(atLeast: 1, where: isDigit)
        && scanner.eat(")")
    },
    Rule(marker: "(", placeholder: "ResourceVersion in record (<rv>)") { scanner in
      scanner.eat("ResourceVersion in record (") && scanner.eat(atLeast: 1, where: isDigit)
        && scanner.eat(")")
    },
  ]

  @Sendable private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  @Sendable private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  @Sendable private static func isTokenByte(_ byte: UInt8) -> Bool {
    Scanner.isWord(byte) || byte == UInt8(ascii: "-")
  }
}

/// Reads bytes from a place on.
private struct Scanner {
  let bytes: [UInt8]
  var at: Int

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  /// Whether a word begins or ends here.
  var isAtWordBoundary: Bool {
    let before = at > 0 && Self.isWord(bytes[at - 1])
    let after = at < bytes.count && Self.isWord(bytes[at])
    return before != after
  }

  mutating func eat(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard bytes.count - at >= length else { return false }
    for offset in 0..<length where bytes[at + offset] != text.utf8Start[offset] { return false }
    at += length
    return true
  }

  /// Eats as many bytes as satisfy the condition.
  mutating func eat(atLeast least: Int, atMost most: Int = .max, where condition: (UInt8) -> Bool) -> Bool {
    var length = 0
    while length < most, at + length < bytes.count, condition(bytes[at + length]) { length += 1 }
    guard length >= least else { return false }
    at += length
    return true
  }

  mutating func eat(exactly count: Int, where condition: (UInt8) -> Bool) -> Bool {
    eat(atLeast: count, atMost: count, where: condition)
  }

  mutating func digits(_ count: Int) -> Bool {
    eat(exactly: count) { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  mutating func eat(throughLast text: StaticString) -> Bool {
    var start = bytes.count - text.utf8CodeUnitCount
    while start >= at {
      var end = Scanner(bytes: bytes, at: start)
      if end.eat(text) {
        at = end.at
        return true
      }
      start -= 1
    }
    return false
  }
}
