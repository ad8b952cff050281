import Values

/// Scalars that have a form of their own on the wire: read, checked and printed canonically.
enum ScalarDecoding {
  /// A number as a document would have it; `2.0` keeps its fraction.
  static func literal(_ value: Value) -> String {
    guard case .double(let number) = value else { return JSON.text(value) }
    let text = JSON.text(value)
    // A whole number beyond the integers' range was written without a fraction.
    let isWhole = number == number.rounded(.towardZero) && abs(number) < 9.2e18
    return isWhole ? text + ".0" : text
  }

  /// Base64 text, printed with Go's padding.
  static func bytes(_ text: String) throws(DecodeError) -> Value {
    do {
      return .string(Base64.encode(try Base64.decode(text)))
    } catch {
      throw DecodeError(error.message)
    }
  }

  static func text(_ value: Value) throws(DecodeError) -> Value {
    guard case .string = value else { throw .mismatch(value.jsonKind, at: "", expecting: "string") }
    return value
  }

  /// metav1.Time: RFC 3339, printed in UTC with whole seconds; the zero time is printed as null.
  static func time(_ value: Value) throws(DecodeError) -> Value {
    guard case .string(let text) = try text(value) else { return .null }
    do {
      let time = try Timestamp(parsing: text)
      return time.seconds == zeroTime ? .null : .string(time.rfc3339)
    } catch {
      throw DecodeError(error.message)
    }
  }

  /// metav1.MicroTime: RFC 3339 with exactly six digits of a second.
  static func microTime(_ value: Value) throws(DecodeError) -> Value {
    guard case .string(let text) = try text(value) else { return .null }
    let layout = "2006-01-02T15:04:05.000000Z07:00"
    do {
      let time = try Timestamp(parsing: text)
      let rest = text.utf8.dropFirst(19)
      let digits = rest.dropFirst().prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
      if rest.first != UInt8(ascii: ".") || digits < 6 {
        throw cannotParse(text, layout, String(decoding: rest, as: UTF8.self), ".000000")
      }
      if digits > 6 {
        throw cannotParse(text, layout, String(decoding: rest.dropFirst(7), as: UTF8.self), "Z07:00")
      }
      return time.seconds == zeroTime ? .null : .string(time.rfc3339Micro)
    } catch let error as Timestamp.ParseError {
      let plain = "2006-01-02T15:04:05Z07:00"
      throw DecodeError(replacing(plain, by: layout, in: error.message))
    } catch let error as DecodeError {
      throw error
    } catch {
      throw DecodeError("\(error)")
    }
  }

  static func quantity(_ value: Value) throws(DecodeError) -> Value {
    do {
      return .string(try Quantity(json: value).description)
    } catch {
      throw DecodeError(error.message)
    }
  }

  /// An amount of a resource: a quantity, rounded up to thousandths (SetDefaults_ResourceList).
  static func amount(_ value: Value) throws(DecodeError) -> Value {
    let text = try quantity(value)
    guard let last = text.string?.utf8.last, last == UInt8(ascii: "n") || last == UInt8(ascii: "u"),
      let exact = try? Quantity(json: text)
    else { return text }
    return .string(Quantity(milli: exact.milliValue, format: exact.format).description)
  }

  static func intOrString(_ value: Value) throws(DecodeError) -> Value {
    switch value {
    case .string: return value
    case .int(let number) where Int32(exactly: number) != nil: return value
    case .int, .double: throw .mismatch("number \(literal(value))", at: "", expecting: "int32")
    default: throw .mismatch(value.jsonKind, at: "", expecting: "int32")
    }
  }

  /// 0001-01-01T00:00:00Z, which Go takes for no time at all.
  private static let zeroTime: Int64 = -62_135_596_800

  private static func cannotParse(_ text: String, _ layout: String, _ rest: String, _ part: String)
    -> DecodeError
  {
    let quoted = [text, layout, rest, part].map(FieldError.quoted)
    return DecodeError("parsing time \(quoted[0]) as \(quoted[1]): cannot parse \(quoted[2]) as \(quoted[3])")
  }

  private static func replacing(_ part: String, by other: String, in text: String) -> String {
    let all = Array(text.utf8)
    let wanted = Array(part.utf8)
    guard all.count >= wanted.count else { return text }
    for start in 0...(all.count - wanted.count) where all[start...].starts(with: wanted) {
      return String(
        decoding: all[..<start] + Array(other.utf8) + all[(start + wanted.count)...], as: UTF8.self)
    }
    return text
  }
}
