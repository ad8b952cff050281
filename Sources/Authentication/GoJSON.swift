import Values

/// Values as Go's encoding/json reads them into structs, and speaks of them.
enum GoJSON {
  /// What Go says of a value that is not of a type.
  static func mismatch(_ value: Value, _ type: String) -> String {
    "json: cannot unmarshal \(value.jsonKind) into Go value of type \(type)"
  }

  /// Whether a member of that name is read into a field of the other: their case counts for nothing, nor that of the
  /// two other characters that fold to ASCII letters, the long s and the Kelvin sign.
  static func isSameName(_ name: String, _ field: String) -> Bool {
    if name == field { return true }
    return folded(name) == folded(field)
  }

  /// Which of the fields a member is read into: the one of its very name before others.
  static func field(_ name: String, of fields: [String]) -> String? {
    fields.first { $0 == name } ?? fields.first { isSameName(name, $0) }
  }

  private static func folded(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          switch scalar {
          case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) | 0x20)
          case "\u{17F}": "s"
          case "\u{212A}": "k"
          default: scalar
          }
        }))
  }
}

extension Object {
  /// What a struct's field of that name holds after the object was read into it: the last member that counts as it;
  /// null leaves a field as it is.
  func goMember(_ field: String) -> Value? {
    var found: Value?
    for (name, value) in self where !value.isNull && GoJSON.isSameName(name, field) { found = value }
    return found
  }
}
