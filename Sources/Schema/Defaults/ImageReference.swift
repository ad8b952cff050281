/// Names of container images (the reference grammar of the OCI distribution specification).
enum ImageReference {
  /// The tag of an image: `latest` where it names neither tag nor digest; nil where it names only a digest or
  /// is no image name.
  static func tag(of image: String) -> String? {
    let parts = image.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard var name = parts.first, !name.isEmpty else { return nil }
    var tag: String?
    let path = name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name
    if let colon = path.lastIndex(of: ":") {
      tag = String(name[name.index(after: colon)...])
      name = name[..<colon]
      guard let tag, isTag(tag) else { return nil }
    }
    guard isRepository(name) else { return nil }
    if tag == nil, parts.count == 1 { return "latest" }
    return tag
  }

  private static func isTag(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= 128, isWord(first) else { return false }
    return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }

  /// Lower-case components between slashes; the first may be a host, which may have upper-case letters.
  private static func isRepository(_ name: Substring) -> Bool {
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    for (i, component) in components.enumerated() {
      let isHost =
        i == 0 && components.count > 1
        && (component.contains(".") || component.contains(":") || component == "localhost"
          || component.contains { $0.isUppercase })
      guard !component.isEmpty else { return false }
      if isHost { continue }
      let isValid = component.utf8.allSatisfy {
        isLowerOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      }
      guard isValid, let first = component.utf8.first, let last = component.utf8.last, isLowerOrDigit(first),
        isLowerOrDigit(last)
      else { return false }
    }
    return true
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    isLowerOrDigit(byte) || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      || byte == UInt8(ascii: "_")
  }
}
