import Values

/// What is wrong with the text of an address, in the words of Go's net/netip.
enum AddressFault {
  /// Why `netip.ParseAddr` refuses a text.
  static func address(_ text: String) -> String {
    "ParseAddr(\(GoText.quoted(text))): \(reason(text))"
  }

  /// Why `netip.ParsePrefix` refuses a text.
  static func block(_ text: String) -> String {
    func fault(_ reason: String) -> String { "netip.ParsePrefix(\(GoText.quoted(text))): \(reason)" }
    guard let slash = text.lastIndex(of: "/") else { return fault("no '/'") }
    let address = String(text[..<slash])
    let bits = String(text[text.index(after: slash)...])
    if address.contains("%") { return fault("IPv6 zones cannot be present in a prefix") }
    guard let parsed = IPAddress(address), parsed.bytes.count == 16 || parsed.description == address else {
      return fault(self.address(address))
    }
    guard let number = Int(bits), bits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      bits.utf8.count == 1 || !bits.hasPrefix("0")
    else { return fault("bad bits after slash: \(GoText.quoted(bits))") }
    return number > parsed.bytes.count * 8 ? fault("prefix length out of range") : fault("bad prefix")
  }

  private static func reason(_ text: String) -> String {
    for c in text.unicodeScalars {
      if c == "." { return four(text) }
      if c == ":" { return six(text) }
      if c == "%" { return "missing IPv6 address" }
    }
    return "unable to parse IP"
  }

  private static func four(_ text: String) -> String {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    for part in parts {
      if let odd = part.unicodeScalars.first(where: { !("0"..."9").contains($0) }) {
        let rest = text.unicodeScalars.firstIndex(of: odd).map { String(text[$0...]) } ?? text
        return "unexpected character (at \(GoText.quoted(rest)))"
      }
      if part.isEmpty { return "IPv4 field must have at least one digit" }
      if part.utf8.count > 1, part.hasPrefix("0") { return "IPv4 field has octet with leading zero" }
      if part.utf8.count > 3 || Int(part).map({ $0 > 255 }) ?? true { return "IPv4 field has value >255" }
    }
    return parts.count < 4 ? "IPv4 address too short" : "IPv4 address too long"
  }

  private static func six(_ text: String) -> String {
    if let odd = text.unicodeScalars.first(where: { !$0.properties.isASCIIHexDigit && $0 != ":" && $0 != "." }
    ),
      let at = text.unicodeScalars.firstIndex(of: odd)
    {
      return "unexpected character, want colon (at \(GoText.quoted(String(text[at...]))))"
    }
    let groups = text.split(separator: ":", omittingEmptySubsequences: true)
    if let long = groups.first(where: { !$0.contains(".") && $0.utf8.count > 4 }) {
      return "each group must have 4 or less digits (at \(GoText.quoted(String(long))))"
    }
    return groups.count > 8 ? "trailing garbage after address" : "address string too short"
  }
}
