/// An address as Go's net/url reads it (RFC 3986).
public struct GoURL: Sendable, Hashable {
  /// Why a text is no address, in Go's words: `parse "x": invalid URI for request`.
  public struct ParseError: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  public let scheme: String
  /// The host with its port; IPv6 addresses in brackets.
  public let host: String
  /// As it was written.
  public let escapedPath: String
  public let query: String

  /// Reads an absolute address or an absolute path (`url.ParseRequestURI`). A fragment is no part of it.
  public init(request text: String) throws(ParseError) {
    do throws(Reason) {
      try self.init(text: text)
    } catch {
      throw ParseError(description: "parse \(GoText.quoted(text)): \(error.text)")
    }
  }

  /// The host without its port and brackets.
  public var hostname: String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      return String(host[host.index(after: host.startIndex)..<end])
    }
    return String(host[..<(portColon ?? host.endIndex)])
  }

  /// The port as it was written; empty without one.
  public var port: String { portColon.map { String(host[host.index(after: $0)...]) } ?? "" }

  private var portColon: String.Index? {
    guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return nil }
    return colon
  }

  /// The parameters of the query, in their order; what can't be read is left out.
  public var queryParameters: [(name: String, value: String)] {
    query.split(separator: "&").compactMap { part in
      guard !part.contains(";") else { return nil }
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true),
        let value = halves.count > 1 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : ""
      else { return nil }
      return (name, value)
    }
  }

  private struct Reason: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }

  private init(text: String) throws(Reason) {
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw Reason("net/url: invalid control character in URL")
    }
    if text.isEmpty { throw Reason("empty url") }
    let (scheme, afterScheme) = try Self.scheme(of: text)
    self.scheme = scheme.lowercased()
    // A fragment is dropped after the check, for which it belongs to the path.
    var rest = afterScheme
    if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    } else {
      query = ""
    }
    guard rest.hasPrefix("/") else {
      guard !scheme.isEmpty else { throw Reason("invalid URI for request") }
      // An opaque address such as mailto:a@b has neither host nor path.
      host = ""
      escapedPath = ""
      return
    }
    var authority = ""
    if rest.hasPrefix("//"), !rest.hasPrefix("///") || !scheme.isEmpty {
      let start = rest.index(rest.startIndex, offsetBy: 2)
      let end = rest[start...].firstIndex(of: "/") ?? rest.endIndex
      authority = String(rest[start..<end])
      rest = rest[end...]
    }
    host = try Self.host(authority)
    _ = try Self.checkedEscapes(rest)
    escapedPath = String(rest)
  }

  /// What stands before the first colon, and what follows.
  private static func scheme(of text: String) throws(Reason) -> (String, Substring) {
    for (i, c) in zip(text.indices, text.utf8) {
      switch c {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        if i == text.startIndex { return ("", text[...]) }
      case UInt8(ascii: ":"):
        if i == text.startIndex { throw Reason("missing protocol scheme") }
        return (String(text[..<i]), text[text.index(after: i)...])
      default: return ("", text[...])
      }
    }
    return ("", text[...])
  }

  private static func host(_ authority: String) throws(Reason) -> String {
    var host = authority[...]
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      guard user.utf8.allSatisfy(isUserInfo) else { throw Reason("net/url: invalid userinfo") }
      host = authority[authority.index(after: at)...]
    }
    if host.hasPrefix("[") {
      guard let end = host.lastIndex(of: "]") else { throw Reason("missing ']' in host") }
      try checkPort(host[host.index(after: end)...])
    } else if let colon = host.lastIndex(of: ":") {
      try checkPort(host[colon...])
    }
    for c in host.utf8 where c < 0x80 && !isHostCharacter(c) {
      throw Reason("invalid character \(GoText.quoted(String(UnicodeScalar(c)))) in host name")
    }
    guard let text = PercentEncoding.decode(host) else { _ = try checkedEscapes(host); return "" }
    return text
  }

  private static func checkPort(_ text: Substring) throws(Reason) {
    guard
      text.isEmpty || (text.hasPrefix(":") && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) })
    else { throw Reason("invalid port \(GoText.quoted(String(text))) after host") }
  }

  private static func isUserInfo(_ c: UInt8) -> Bool {
    switch c {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._:~!$&'()*+,;=%@".utf8.contains(c)
    }
  }

  private static func isHostCharacter(_ c: UInt8) -> Bool {
    switch c {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_.~!$&'()*+,;=:[]<>\"%".utf8.contains(c)
    }
  }

  private static func checkedEscapes(_ text: Substring) throws(Reason) -> Substring {
    var rest = text.utf8[...]
    while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
      let escape = rest[percent...].prefix(3)
      guard escape.count == 3, escape.dropFirst().allSatisfy({ PercentEncoding.digit($0) != nil }) else {
        throw Reason("invalid URL escape \(GoText.quoted(String(Substring(escape))))")
      }
      rest = rest[rest.index(percent, offsetBy: 3)...]
    }
    return text
  }
}
