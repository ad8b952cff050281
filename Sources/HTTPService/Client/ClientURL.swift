import Security

/// An absolute `http` or `https` address, in the parts that a client needs (RFC 3986).
struct ClientURL: Equatable {
  var isSecure: Bool
  /// A name or an IP address, without brackets.
  var host: String
  var port: Int
  /// Host and port as the URL has them: the `Host` header.
  var authority: String
  /// The path and the query, at least `/`.
  var target: String

  var scheme: String { isSecure ? "https" : "http" }
  var text: String { "\(scheme)://\(authority)\(target)" }

  /// Reads a URL. User information and the fragment are left out.
  ///
  /// - Throws: in the words of Go's `net/url` and `net/http`.
  init(_ text: String) throws(ClientFailure) {
    func invalid(_ reason: String) -> ClientFailure {
      ClientFailure(.invalid, "parse \(Self.quoted(text)): \(reason)")
    }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw invalid("net/url: invalid control character in URL")
    }
    let withoutFragment = text.prefix { $0 != "#" }
    let colon = withoutFragment.firstIndex(of: ":")
    let scheme = colon.map { withoutFragment[..<$0].lowercased() } ?? ""
    guard let colon, scheme == "http" || scheme == "https" else {
      let known = scheme.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "/") } ? scheme : ""
      throw ClientFailure(.invalid, "unsupported protocol scheme \(Self.quoted(known))")
    }
    var rest = withoutFragment[withoutFragment.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw ClientFailure(.invalid, "http: no Host in request URL") }
    rest = rest.dropFirst(2)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    var authority = rest[..<end]
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    let (host, port) = try Self.hostAndPort(authority, invalid)
    guard !host.isEmpty else { throw ClientFailure(.invalid, "http: no Host in request URL") }
    if let bad = host.unicodeScalars.first(where: { " \"<>\\^`{}|/%".unicodeScalars.contains($0) }) {
      throw invalid("invalid character \(Self.quoted(String(bad))) in host name")
    }
    isSecure = scheme == "https"
    self.host = host
    self.port = port ?? (isSecure ? 443 : 80)
    self.authority = String(authority)
    let target = rest[end...]
    self.target = Self.escaped(target.hasPrefix("/") ? target : "/" + target)
  }

  private static func hostAndPort(
    _ authority: Substring, _ invalid: (String) -> ClientFailure
  ) throws(ClientFailure) -> (String, Int?) {
    var host = authority
    var after: Substring = ""
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { throw invalid("missing ']' in host") }
      host = authority[authority.index(after: authority.startIndex)..<close]
      after = authority[authority.index(after: close)...]
      guard AddressBytes.bytes(String(host)) != nil else { throw invalid("invalid host") }
    } else if let colon = authority.lastIndex(of: ":") {
      host = authority[..<colon]
      after = authority[colon...]
      guard !host.contains(":") else { throw invalid("too many colons in address") }
    }
    guard !after.isEmpty, after != ":" else { return (String(host), nil) }
    guard after.hasPrefix(":"), after.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(after.dropFirst()), port <= 65535
    else { throw invalid("invalid port \(quoted(String(after))) after host") }
    return (String(host), port)
  }

  /// What must not be in a request line as it is, percent-encoded.
  private static func escaped(_ target: some StringProtocol) -> String {
    guard target.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else { return String(target) }
    var bytes: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in target.utf8 {
      if byte > 0x20, byte < 0x7F {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: References

  /// The address that a `Location` header means, seen from this one (RFC 3986 section 5.2).
  func resolving(_ reference: String) throws(ClientFailure) -> ClientURL {
    let reference = String(reference.prefix { $0 != "#" })
    let beforePath = reference.prefix { $0 != "/" && $0 != "?" }
    if beforePath.contains(":") { return try ClientURL(reference) }
    if reference.hasPrefix("//") { return try ClientURL("\(scheme):\(reference)") }
    let path = target.prefix { $0 != "?" }
    var merged = String(reference)
    if reference.isEmpty {
      merged = target
    } else if reference.hasPrefix("?") {
      merged = path + reference
    } else if !reference.hasPrefix("/") {
      merged = path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference
    }
    return try ClientURL("\(scheme)://\(authority)\(Self.withoutDots(merged))")
  }

  /// Takes `.` and `..` out of the path (RFC 3986 section 5.2.4).
  private static func withoutDots(_ target: String) -> String {
    let path = target.prefix { $0 != "?" }
    var segments: [Substring] = []
    let all = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in all.enumerated() {
      let isLast = index == all.count - 1
      switch segment {
      case ".": if isLast { segments.append("") }
      case "..":
        if segments.count > 1 { segments.removeLast() }
        if isLast { segments.append("") }
      default: segments.append(segment)
      }
    }
    return segments.joined(separator: "/") + target.dropFirst(path.count)
  }

  // MARK: Text

  /// The text in double quotes, as Go's `%q` writes it.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\" + String(scalar)
      case "\u{0}"..<"\u{20}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// A URL for error messages: its password is hidden, as Go hides it.
  static func withoutPassword(_ text: String) -> String {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return text }
    let start = text.index(colon, offsetBy: 3)
    let authority = text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@"), let mark = authority[..<at].firstIndex(of: ":") else {
      return text
    }
    return text[...mark] + "***" + text[at...]
  }
}
