/// A semantic version (https://semver.org), as github.com/blang/semver reads it.
struct SemanticVersion: Sendable, Hashable {
  /// Why a text is no version.
  struct ParseError: Error, Sendable {
    let text: String
    init(_ text: String) { self.text = text }
  }

  /// A part of a pre-release.
  enum Identifier: Sendable, Hashable {
    case number(UInt64)
    case text(String)
  }

  let major: UInt64
  let minor: UInt64
  let patch: UInt64
  let preRelease: [Identifier]
  /// Counts neither for order nor for equality.
  let build: [String]

  /// - Parameter normalizes: a `v` before it, missing parts and leading zeros are let through.
  init(_ text: String, normalizes: Bool = false) throws(ParseError) {
    let text = normalizes ? try Self.normalized(text) : text
    guard !text.isEmpty else { throw ParseError("Version string empty") }
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw ParseError("No Major.Minor.Patch elements found") }
    major = try Self.number(parts[0], "major")
    minor = try Self.number(parts[1], "minor")
    var patch = parts[2]
    var build: [String] = []
    if let plus = patch.firstIndex(of: "+") {
      for part in patch[patch.index(after: plus)...].split(separator: ".", omittingEmptySubsequences: false) {
        guard !part.isEmpty else { throw ParseError("Build meta data is empty") }
        guard part.utf8.allSatisfy(Self.isIdentifier) else {
          throw ParseError("Invalid character(s) found in build meta data \(Self.quoted(part))")
        }
        build.append(String(part))
      }
      patch = patch[..<plus]
    }
    var preRelease: [Identifier] = []
    if let dash = patch.firstIndex(of: "-") {
      for part in patch[patch.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false) {
        preRelease.append(try Self.identifier(part))
      }
      patch = patch[..<dash]
    }
    self.patch = try Self.number(patch, "patch")
    self.preRelease = preRelease
    self.build = build
  }

  private static func normalized(_ text: String) throws(ParseError) -> String {
    var parts = (text.hasPrefix("v") ? text.dropFirst() : text[...])
      .split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    for (i, part) in parts.enumerated() where part.utf8.count > 1 {
      var rest = part.drop { $0 == "0" }
      if rest.utf8.first.map({ !(0x30...0x39).contains($0) }) ?? true { rest = "0" + rest }
      parts[i] = String(rest)
    }
    if parts.count < 3 {
      if parts.last?.contains(where: { $0 == "+" || $0 == "-" }) ?? false {
        throw ParseError("short version cannot contain PreRelease/Build meta data")
      }
      while parts.count < 3 { parts.append("0") }
    }
    return parts.joined(separator: ".")
  }

  private static func number(_ text: Substring, _ name: String) throws(ParseError) -> UInt64 {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      if text.isEmpty { throw ParseError("strconv.ParseUint: parsing \"\": invalid syntax") }
      throw ParseError("Invalid character(s) found in \(name) number \(quoted(text))")
    }
    if text.utf8.count > 1, text.hasPrefix("0") {
      let title = name.prefix(1).uppercased() + name.dropFirst()
      throw ParseError("\(title) number must not contain leading zeroes \(quoted(text))")
    }
    guard let value = UInt64(text) else {
      throw ParseError("strconv.ParseUint: parsing \(quoted(text)): value out of range")
    }
    return value
  }

  private static func identifier(_ text: Substring) throws(ParseError) -> Identifier {
    guard !text.isEmpty else { throw ParseError("Prerelease is empty") }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      guard text.utf8.allSatisfy(isIdentifier) else {
        throw ParseError("Invalid character(s) found in prerelease \(quoted(text))")
      }
      return .text(String(text))
    }
    if text.utf8.count > 1, text.hasPrefix("0") {
      throw ParseError("Numeric PreRelease version must not contain leading zeroes \(quoted(text))")
    }
    guard let value = UInt64(text) else {
      throw ParseError("strconv.ParseUint: parsing \(quoted(text)): value out of range")
    }
    return .number(value)
  }

  private static func isIdentifier(_ c: UInt8) -> Bool {
    switch c {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func quoted(_ text: Substring) -> String { "\"\(text)\"" }

  static func == (a: SemanticVersion, b: SemanticVersion) -> Bool { a.compared(to: b) == 0 }

  func hash(into hasher: inout Hasher) {
    hasher.combine(major)
    hasher.combine(minor)
    hasher.combine(patch)
    hasher.combine(preRelease)
  }

  /// -1, 0 or 1.
  func compared(to other: SemanticVersion) -> Int {
    for (a, b) in [(major, other.major), (minor, other.minor), (patch, other.patch)] where a != b {
      return a < b ? -1 : 1
    }
    if preRelease.isEmpty || other.preRelease.isEmpty {
      return preRelease.isEmpty == other.preRelease.isEmpty ? 0 : preRelease.isEmpty ? 1 : -1
    }
    for (a, b) in zip(preRelease, other.preRelease) where a != b {
      switch (a, b) {
      case (.number(let a), .number(let b)): return a < b ? -1 : 1
      case (.number, .text): return -1
      case (.text, .number): return 1
      case (.text(let a), .text(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
      }
    }
    return preRelease.count == other.preRelease.count ? 0 : preRelease.count < other.preRelease.count ? -1 : 1
  }
}
