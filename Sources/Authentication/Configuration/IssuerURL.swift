import Values

/// The parts of an issuer's address that decide whether it may be one (RFC 3986 section 3, as Go's net/url
/// reads it).
struct IssuerURL {
  /// Why a text is no address, in Go's words: `parse "…": …`.
  struct SyntaxError: Error {
    var message: String
  }

  var scheme = ""
  var hasUser = false
  var query = ""
  var fragment = ""

  init(_ text: String) throws(SyntaxError) {
    func failure(_ reason: String, _ shown: String = text) -> SyntaxError {
      SyntaxError(message: "parse \(GoText.quoted(shown)): \(reason)")
    }
    var rest = text[...]
    if let hash = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: hash)...])
      rest = rest[..<hash]
    }
    guard !rest.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw failure("net/url: invalid control character in URL", String(rest))
    }
    if let colon = Self.schemeEnd(rest) {
      if colon == rest.startIndex { throw failure("missing protocol scheme", String(rest)) }
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if scheme.isEmpty, !rest.hasPrefix("/"), rest.prefix(while: { $0 != "/" }).contains(":") {
      throw failure("first path segment in URL cannot contain colon", String(rest))
    }
    guard rest.hasPrefix("//") else { return }
    let authority = rest.dropFirst(2).prefix { $0 != "/" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    hasUser = authority.contains("@")
    if let fault = Self.hostFault(host) { throw failure(fault) }
  }

  /// Where the scheme's colon is; nil where the text begins with no scheme.
  private static func schemeEnd(_ text: Substring) -> Substring.Index? {
    for index in text.indices {
      let character = text[index]
      if character == ":" { return index }
      guard character.isASCII,
        character.isLetter || (index > text.startIndex && "0123456789+-.".contains(character))
      else { return nil }
    }
    return nil
  }

  private static func hostFault(_ host: Substring) -> String? {
    let afterBracket = host.lastIndex(of: "]").map { host[host.index(after: $0)...] }
    if host.hasPrefix("["), afterBracket == nil { return "missing ']' in host" }
    let port = (afterBracket ?? host).lastIndex(of: ":").map { host[$0...] } ?? ""
    if !port.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return "invalid port \(GoText.quoted(String(port))) after host"
    }
    if let bad = host.first(where: { " <>\"".contains($0) }) {
      return "invalid character \(GoText.quoted(String(bad))) in host name"
    }
    return nil
  }
}
