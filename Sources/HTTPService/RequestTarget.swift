import Values

/// The path and the query of a request target (RFC 9112 section 3.2), read as Go's `net/url` reads them.
public struct RequestTarget: Sendable, Equatable {
  /// One `name=value` of a query, decoded.
  public struct QueryItem: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The path as it was sent.
  public let rawPath: String
  /// The path with its percent escapes decoded; bytes that aren't UTF-8 become U+FFFD.
  public let path: String
  /// The query as it was sent, without the question mark.
  public let rawQuery: String
  /// The query's items, decoded, in order. An item with a bad escape or a semicolon is left out.
  public let query: [QueryItem]

  /// Reads `/path?query`, `*`, or `http://host/path?query`.
  /// - Returns: nil for any other form, for a bad percent escape in the path, and for control characters.
  public init?(_ target: String) {
    var rest = Substring(target)
    guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    if rest.utf8.first != UInt8(ascii: "/") && rest != "*" {
      guard let afterScheme = Self.afterScheme(rest) else { return nil }
      rest = afterScheme.drop { $0 != "/" && $0 != "?" }
    }
    let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
    let rawPath = mark.map { rest[..<$0] } ?? rest
    let rawQuery = mark.map { rest[rest.utf8.index(after: $0)...] } ?? ""
    guard let path = PercentEncoding.decode(rawPath) else { return nil }
    self.rawPath = String(rawPath)
    self.path = path
    self.rawQuery = String(rawQuery)
    query = Self.items(rawQuery)
  }

  /// The value of the first item of that name.
  public func first(_ name: String) -> String? { query.first { $0.name == name }?.value }

  private static func afterScheme(_ text: Substring) -> Substring? {
    for scheme in ["http://", "https://"]
    where text.utf8.count > scheme.utf8.count && text.prefix(scheme.count).lowercased() == scheme {
      return text.dropFirst(scheme.count)
    }
    return nil
  }

  private static func items(_ query: Substring) -> [QueryItem] {
    guard !query.isEmpty else { return [] }
    var items: [QueryItem] = []
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      guard !pair.contains(UInt8(ascii: ";")) else { continue }
      let equals = pair.firstIndex(of: UInt8(ascii: "="))
      let name = Substring(equals.map { pair[..<$0] } ?? pair)
      let value = Substring(equals.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...])
      guard let name = PercentEncoding.decode(name, plusIsSpace: true),
        let value = PercentEncoding.decode(value, plusIsSpace: true)
      else {
        continue
      }
      items.append(QueryItem(name: name, value: value))
    }
    return items
  }
}
