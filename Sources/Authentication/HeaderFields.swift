/// The header fields of a request, looked up by name without regard to case (RFC 9110 section 5.1).
public struct HeaderFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// One field line.
  public struct Field: Sendable, Equatable {
    public var name: String
    public var value: String
  }

  /// The field lines in the order in which they came.
  public private(set) var fields: [Field]

  public init(_ fields: some Sequence<(name: String, value: String)> = []) {
    self.fields = fields.map { Field(name: $0.name, value: $0.value) }
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  /// The value of the first line of that name.
  public subscript(name: String) -> String? { fields.first { Self.same($0.name, name) }?.value }

  /// The values of all lines of that name.
  public func values(_ name: String) -> [String] { fields.filter { Self.same($0.name, name) }.map(\.value) }

  /// The lines whose names begin with the prefix, with what follows it in lower case.
  public func suffixes(of prefix: String) -> [(suffix: String, value: String)] {
    fields.compactMap { field in
      guard Self.begins(field.name, with: prefix) else { return nil }
      return (Self.lowercased(field.name.utf8.dropFirst(prefix.utf8.count)), field.value)
    }
  }

  /// Makes room for so many lines in all.
  public mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

  public mutating func append(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  // Names are ASCII; others are compared byte by byte.
  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

  /// Whether two names are the same.
  public static func same(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && begins(a, with: b)
  }

  /// Whether a name begins with the prefix.
  public static func begins(_ name: String, with prefix: String) -> Bool {
    let count = prefix.utf8.count
    guard name.utf8.count >= count else { return false }
    // Every name of every request passes here: the bytes are looked at where they are, as they are in all strings
    // that Swift makes itself.
    let result = name.utf8.withContiguousStorageIfAvailable { name in
      prefix.utf8.withContiguousStorageIfAvailable { prefix in
        (0..<count).allSatisfy { lower(name[$0]) == lower(prefix[$0]) }
      }
    }
    if let result, let result { return result }
    return zip(name.utf8, prefix.utf8).allSatisfy { lower($0) == lower($1) }
  }

  private static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.map(lower), as: UTF8.self)
  }
}
