/// The header of a JSON Web Signature (RFC 7515 section 4), as far as it decides anything here.
public struct JOSEHeader: Sendable, Equatable {
  /// `alg`.
  public var algorithm: SignatureAlgorithm
  /// `kid`: which key signed.
  public var keyID: String?
  /// `typ`.
  public var type: String?

  init(algorithm: SignatureAlgorithm, keyID: String?, type: String?) {
    self.algorithm = algorithm
    self.keyID = keyID
    self.type = type
  }

  /// The header as JSON.
  func json() throws(SecurityError) -> String {
    var text = "{\"alg\":\"\(algorithm.rawValue)\""
    for (name, value) in [("kid", keyID), ("typ", type)] {
      guard let value else { continue }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != 0x5C })
      else {
        throw SecurityError("the token header's \(name) must be printable ASCII without quotes")
      }
      text += ",\"\(name)\":\"\(value)\""
    }
    return text + "}"
  }

  /// Reads a header: one JSON object.
  ///
  /// - Throws: when it is malformed, names a member twice, has `crit` (extensions that must be understood,
  ///   and none are), or its `alg` is missing or not a ``SignatureAlgorithm``.
  init(json: [UInt8]) throws(SecurityError) {
    var reader = FlatJSONReader(text: json)
    guard let members = reader.object() else { throw SecurityError("the token's header is malformed") }
    guard members["crit"] == nil else {
      throw SecurityError("the token's header has unknown critical members")
    }
    guard case .string(let name)? = members["alg"] else {
      throw SecurityError("the token's header has no alg")
    }
    guard let algorithm = SignatureAlgorithm(rawValue: name) else {
      throw SecurityError("the token's signature algorithm is not supported")
    }
    self.algorithm = algorithm
    if case .string(let text)? = members["kid"] { keyID = text }
    if case .string(let text)? = members["typ"] { type = text }
  }
}

/// Reads one JSON object (RFC 8259) of which only the strings matter; other values are checked for shape and
/// dropped.
private struct FlatJSONReader {
  enum Member {
    case string(String)
    case other
  }

  let text: [UInt8]
  var at = 0

  init(text: [UInt8]) {
    self.text = text
  }

  /// The members of the object that is all of the text; nil when it is malformed or a name comes twice.
  mutating func object() -> [String: Member]? {
    var members: [String: Member] = [:]
    guard skip("{") else { return nil }
    if !skip("}") {
      repeat {
        guard let name = string(), skip(":"), members[name] == nil, let value = value(depth: 0) else {
          return nil
        }
        members[name] = value
      } while skip(",")
      guard skip("}") else { return nil }
    }
    space()
    return at == text.count ? members : nil
  }

  private mutating func space() {
    while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    space()
    guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int) -> Member? {
    guard depth < 16 else { return nil }
    space()
    guard at < text.count else { return nil }
    switch text[at] {
    case UInt8(ascii: "\""):
      return string().map { .string($0) }
    case UInt8(ascii: "["):
      at += 1
      if skip("]") { return .other }
      repeat {
        guard value(depth: depth + 1) != nil else { return nil }
      } while skip(",")
      return skip("]") ? .other : nil
    case UInt8(ascii: "{"):
      at += 1
      if skip("}") { return .other }
      repeat {
        guard string() != nil, skip(":"), value(depth: depth + 1) != nil else { return nil }
      } while skip(",")
      return skip("}") ? .other : nil
    default:
      return word()
    }
  }

  /// A number, true, false or null.
  private mutating func word() -> Member? {
    let start = at
    while at < text.count, isWord(text[at]) { at += 1 }
    let word = String(decoding: text[start..<at], as: UTF8.self)
    return ["true", "false", "null"].contains(word) || Double(word).map { $0.isFinite } == true ? .other : nil
  }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  private mutating func string() -> String? {
    guard skip("\"") else { return nil }
    var units: [UInt16] = []
    var bytes: [UInt8] = []
    // Escapes are gathered as UTF-16 so that surrogate pairs meet.
    func flushed() -> [UInt8] { Array(String(decoding: units, as: UTF16.self).utf8) }
    while at < text.count {
      let byte = text[at]
      at += 1
      if byte == 0x5C {
        guard let unit = escape() else { return nil }
        units.append(unit)
        continue
      }
      if !units.isEmpty {
        bytes += flushed()
        units = []
      }
      if byte == UInt8(ascii: "\"") { return String(validating: bytes, as: UTF8.self) }
      guard byte >= 0x20 else { return nil }
      bytes.append(byte)
    }
    return nil
  }

  private mutating func escape() -> UInt16? {
    guard at < text.count else { return nil }
    let byte = text[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "/"), 0x5C: return UInt16(byte)
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "f"): return 12
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "u"):
      guard at + 4 <= text.count, text[at..<at + 4].allSatisfy({ isHex($0) }) else { return nil }
      defer { at += 4 }
      return UInt16(String(decoding: text[at..<at + 4], as: UTF8.self), radix: 16)
    default: return nil
    }
  }

  private func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
