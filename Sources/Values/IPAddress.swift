/// An IPv4 or IPv6 address as Go's net package reads it (RFC 4291, section 2.2), with no zone. Leading
/// zeros of IPv4 are let through, as by the fields that are older than the rule against them.
public struct IPAddress: Hashable, Sendable {
  /// 4 or 16 bytes; an IPv4-mapped address keeps its 16.
  public let bytes: [UInt8]

  /// IPv4, in its own form or mapped.
  public var isIPv4: Bool { bytes.count == 4 || isMapped }
  /// An IPv4 address in the clothes of an IPv6 one.
  public var isMapped: Bool {
    bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
  }
  /// The four bytes of an IPv4 address, mapped or not.
  public var shortBytes: [UInt8] { isMapped ? Array(bytes[12...]) : bytes }

  /// `0.0.0.0` or `::`.
  public var isUnspecified: Bool { shortBytes.allSatisfy { $0 == 0 } }
  /// `127.0.0.0/8` or `::1`.
  public var isLoopback: Bool {
    let bytes = shortBytes
    return bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
  }
  /// `169.254.0.0/16` or `fe80::/10`.
  public var isLinkLocalUnicast: Bool {
    let bytes = shortBytes
    return bytes.count == 4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }
  /// `224.0.0.0/24` or `ff02::/16`, of any flags.
  public var isLinkLocalMulticast: Bool {
    let bytes = shortBytes
    return bytes.count == 4
      ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0 : bytes[0] == 0xFF && bytes[1] & 0x0F == 2
  }

  /// `224.0.0.0/4` or `ff00::/8`.
  public var isMulticast: Bool {
    let bytes = shortBytes
    return bytes.count == 4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF
  }
  /// What may be routed: neither unspecified, loopback, multicast, link-local nor the broadcast address.
  public var isGlobalUnicast: Bool {
    !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast
      && shortBytes != [255, 255, 255, 255]
  }

  /// Nil for what is no address.
  public init?(_ text: String) {
    guard text.utf8.count <= 45 else { return nil }
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let bytes = Self.six(text) else { return nil }
      self.bytes = bytes
    } else {
      guard let bytes = Self.four(text[...], allowingZeros: true) else { return nil }
      self.bytes = bytes
    }
  }

  fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

  /// The address as a number, the first byte the highest.
  public var number: UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }

  /// The address of that number; of IPv4 the lowest 32 bits count.
  public init(number: UInt128, isIPv4: Bool) {
    bytes = (0..<(isIPv4 ? 4 : 16)).reversed().map { UInt8(truncatingIfNeeded: number >> UInt128($0 * 8)) }
  }

  private static func four(_ text: Substring, allowingZeros: Bool) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard let number = UInt16(decimal: part), number < 256, part.utf8.count <= 3,
        allowingZeros || part.utf8.count == 1 || !part.hasPrefix("0")
      else { return nil }
      bytes.append(UInt8(number))
    }
    return bytes
  }

  private static func six(_ text: String) -> [UInt8]? {
    guard let gap = text.firstDoubleColon else {
      let bytes = groups(text[...])
      return bytes?.count == 16 ? bytes : nil
    }
    let tail = text[text.index(gap, offsetBy: 2)...]
    guard let before = groups(text[..<gap]), let after = groups(tail), before.count + after.count <= 14
    else { return nil }
    return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
  }

  private static func groups(_ text: Substring) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (i, part) in parts.enumerated() {
      if i == parts.count - 1, part.contains("."), let four = four(part, allowingZeros: false) {
        return bytes + four
      }
      guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16),
        part.utf8.first != UInt8(ascii: "+")
      else { return nil }
      bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
    }
    return bytes
  }
}

extension String {
  fileprivate var firstDoubleColon: String.Index? {
    var last: Character?
    for i in indices {
      if self[i] == ":", last == ":" { return index(before: i) }
      last = self[i]
    }
    return nil
  }
}

/// An address block such as `10.0.0.0/8` (RFC 4632).
public struct AddressBlock: Hashable, Sendable {
  public let address: IPAddress
  /// The length of the network's part, in bits.
  public let prefix: Int

  /// Nil for what is no block: `ADDRESS/BITS`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])),
      let prefix = UInt16(decimal: parts[1]),
      prefix <= address.bytes.count * 8, parts[1].utf8.count == 1 || !parts[1].hasPrefix("0")
    else { return nil }
    self.address = address
    self.prefix = Int(prefix)
  }

  /// The bits behind the prefix are nought.
  public var isMasked: Bool { Self.masked(address.bytes, prefix) == address.bytes }

  /// Whether the address, of the same family, is in the block.
  public func contains(_ other: IPAddress) -> Bool {
    other.bytes.count == address.bytes.count
      && Self.masked(other.bytes, prefix) == Self.masked(address.bytes, prefix)
  }

  /// Every address of the other block is in this one, and there are more.
  public func strictlyContains(_ other: AddressBlock) -> Bool {
    contains(other.address) && other.prefix > prefix
  }

  /// Every address of the other block is in this one.
  public func contains(_ other: AddressBlock) -> Bool { contains(other.address) && other.prefix >= prefix }

  /// The block with the bits behind the prefix at nought.
  public var masked: AddressBlock {
    AddressBlock(address: IPAddress(bytes: Self.masked(address.bytes, prefix)), prefix: prefix)
  }

  private init(address: IPAddress, prefix: Int) {
    self.address = address
    self.prefix = prefix
  }

  private static func masked(_ bytes: [UInt8], _ prefix: Int) -> [UInt8] {
    bytes.enumerated().map { i, byte in
      let bits = Swift.max(0, Swift.min(8, prefix - i * 8))
      return bits == 8 ? byte : byte & ~(0xFF >> UInt8(bits))
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The canonical text (RFC 5952, section 4).
  public var description: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    if isMapped { return "::ffff:" + shortBytes.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var gap = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(gap.count, 1) { gap = start..<end }
      start = max(end, start + 1)
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    return gap.isEmpty
      ? text(groups[...]) : "\(text(groups[..<gap.lowerBound]))::\(text(groups[gap.upperBound...]))"
  }
}

extension UInt16 {
  /// Decimal digits and nothing else.
  fileprivate init?(decimal text: Substring) {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    self.init(text)
  }
}
