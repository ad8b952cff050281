import Schema

/// Reads the options that a request carries in its query, as Go's conversion from url.Values does.
enum QueryValues {
  /// A boolean: `false` and `0` in any case are false, any other text is true; nil where there is none.
  static func bool(_ text: String?) -> Bool? { text.map(RequestInfo.isTrue) }

  /// A boolean as Go's strconv.ParseBool reads it; nil for any other text.
  static func strictBool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "TRUE", "true", "True": true
    case "0", "f", "F", "FALSE", "false", "False": false
    default: nil
    }
  }

  /// A decimal integer of 64 bits.
  /// - Throws: 400 with Go's words.
  static func integer(_ text: String?) throws(StatusError) -> Int64? {
    guard let text else { return nil }
    if let number = Int64(text) { return number }
    let digits = text.drop { $0 == "-" || $0 == "+" }
    let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    throw .badRequest(
      "strconv.ParseInt: parsing \(FieldError.quoted(text)): "
        + (isNumber ? "value out of range" : "invalid syntax")
    )
  }
}
