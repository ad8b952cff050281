import CEL
import Values

extension CELType {
  static let ip = CELType.opaque("net.IP", [])
  static let cidr = CELType.opaque("net.CIDR", [])
}

extension CELValue {
  init(_ address: IPAddress) {
    self = .object(OpaqueValue(address, .ip, size: UInt64(address.bytes.count)))
  }

  init(_ block: AddressBlock) {
    self = .object(OpaqueValue(block, .cidr, size: UInt64((block.prefix + 7) / 8)))
  }
}

extension Library {
  /// IP addresses (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes IP
  /// address library).
  static let ip = Library(
    functions: [
      .init(
        "ip",
        [
          .global(
            "string_to_ip", [.string], .ip,
            .unary { text throws(CELError) in CELValue(try address(try text.text())) })
        ]),
      .init(
        "isIP",
        [
          .global(
            "is_ip_string", [.string], .bool,
            .unary { value throws(CELError) in
              let text = try value.text()
              return .bool((try? address(text)) != nil)
            })
        ]),
      .init(
        "ip.isCanonical",
        [
          .global(
            "ip_is_canonical", [.string], .bool,
            .unary { value throws(CELError) in
              let text = try value.text()
              return .bool(try address(text).description == text)
            })
        ]),
      .init(
        "string",
        [
          .global(
            "ip_to_string", [.ip], .string,
            .unary { ip throws(CELError) in .string(try ip.content(IPAddress.self).description) })
        ]),
      question("family", "ip_family", .int) { .int($0.isIPv4 ? 4 : 6) },
      question("isUnspecified", "ip_is_unspecified") { .bool($0.isUnspecified) },
      question("isLoopback", "ip_is_loopback") { .bool($0.isLoopback) },
      question("isLinkLocalMulticast", "ip_is_link_local_multicast") { .bool($0.isLinkLocalMulticast) },
      question("isLinkLocalUnicast", "ip_is_link_local_unicast") { .bool($0.isLinkLocalUnicast) },
      question("isGlobalUnicast", "ip_is_global_unicast") { .bool($0.isGlobalUnicast) },
    ], constants: [.type("net.IP", .ip)])

  /// Address blocks (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes CIDR
  /// library).
  static let cidr = Library(
    functions: [
      .init(
        "cidr",
        [
          .global(
            "string_to_cidr", [.string], .cidr,
            .unary { text throws(CELError) in CELValue(try block(try text.text())) })
        ]),
      .init(
        "isCIDR",
        [
          .global(
            "is_cidr", [.string], .bool,
            .unary { value throws(CELError) in
              let text = try value.text()
              return .bool((try? block(text)) != nil)
            })
        ]),
      .init(
        "containsIP",
        [
          .member(
            "cidr_contains_ip_string", [.cidr, .string], .bool,
            .binary { outer, inner throws(CELError) in
              .bool(try outer.content(AddressBlock.self).contains(try address(try inner.text())))
            }),
          .member(
            "cidr_contains_ip_ip", [.cidr, .ip], .bool,
            .binary { outer, inner throws(CELError) in
              .bool(try outer.content(AddressBlock.self).contains(try inner.content(IPAddress.self)))
            }),
        ]),
      .init(
        "containsCIDR",
        [
          .member(
            "cidr_contains_cidr_string", [.cidr, .string], .bool,
            .binary { outer, inner throws(CELError) in
              .bool(try outer.content(AddressBlock.self).contains(try block(try inner.text())))
            }),
          .member(
            "cidr_contains_cidr", [.cidr, .cidr], .bool,
            .binary { outer, inner throws(CELError) in
              .bool(try outer.content(AddressBlock.self).contains(try inner.content(AddressBlock.self)))
            }),
        ]),
      part("ip", "cidr_ip", .ip) { CELValue($0.address) },
      part("masked", "cidr_masked", .cidr) { CELValue($0.masked) },
      part("prefixLength", "cidr_prefix_length", .int) { .int(Int64($0.prefix)) },
      .init(
        "string",
        [
          .global(
            "cidr_to_string", [.cidr], .string,
            .unary { cidr throws(CELError) in
              let block = try cidr.content(AddressBlock.self)
              return .string("\(block.address)/\(block.prefix)")
            })
        ]),
    ], constants: [.type("net.CIDR", .cidr)])

  private static func question(
    _ name: String, _ id: String, _ type: CELType = .bool,
    _ read: @escaping @Sendable (IPAddress) -> CELValue
  ) -> FunctionDeclaration {
    .init(name, [.member(id, [.ip], type, .unary { ip throws(CELError) in read(try ip.content()) })])
  }

  private static func part(
    _ name: String, _ id: String, _ type: CELType, _ read: @escaping @Sendable (AddressBlock) -> CELValue
  ) -> FunctionDeclaration {
    .init(name, [.member(id, [.cidr], type, .unary { cidr throws(CELError) in read(try cidr.content()) })])
  }

  /// An address without a zone that is not IPv4 in IPv6's clothes.
  private static func address(_ text: String) throws(CELError) -> IPAddress {
    if let zone = text.firstIndex(of: "%"), IPAddress(String(text[..<zone])) != nil {
      throw CELError("IP address \(GoText.quoted(text)) with zone value is not allowed")
    }
    guard let address = IPAddress(text), address.bytes.count == 16 || address.description == text else {
      throw CELError(
        "IP Address \(GoText.quoted(text)) parse error during conversion from string: "
          + AddressFault.address(text))
    }
    if address.isMapped { throw CELError("IPv4-mapped IPv6 address \(GoText.quoted(text)) is not allowed") }
    return address
  }

  private static func block(_ text: String) throws(CELError) -> AddressBlock {
    guard let block = AddressBlock(text),
      block.address.bytes.count == 16 || "\(block.address)/\(block.prefix)" == text
    else {
      throw CELError("network address parse error during conversion from string: " + AddressFault.block(text))
    }
    if block.address.isMapped {
      throw CELError("IPv4-mapped IPv6 address \(GoText.quoted(text)) is not allowed")
    }
    return block
  }
}
