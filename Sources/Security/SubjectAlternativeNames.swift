internal import COpenSSL
import Glibc

/// The other names of a subject (RFC 5280 section 4.2.1.6), by kind.
public struct SubjectAlternativeNames: Sendable, Equatable {
  public var dnsNames: [String]
  /// Canonical text, such as `127.0.0.1` and `::1`.
  public var ipAddresses: [String]
  public var emailAddresses: [String]
  public var uris: [String]
  /// How many names of other kinds there are.
  public internal(set) var others = 0

  public init(
    dnsNames: [String] = [], ipAddresses: [String] = [], emailAddresses: [String] = [], uris: [String] = []
  ) {
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.emailAddresses = emailAddresses
    self.uris = uris
  }

  /// Whether there are no names at all.
  public var isEmpty: Bool {
    dnsNames.isEmpty && ipAddresses.isEmpty && emailAddresses.isEmpty && uris.isEmpty && others == 0
  }

  // MARK: OpenSSL

  /// Reads the names in an extension value that OpenSSL has decoded.
  init(_ names: OpaquePointer) {
    self.init()
    for index in 0..<max(0, shim_sk_GENERAL_NAME_num(names)) {
      var kind: Int32 = 0
      guard let name = shim_sk_GENERAL_NAME_value(names, index),
        let value = GENERAL_NAME_get0_value(name, &kind)
      else { continue }
      let bytes: () -> [UInt8] = { rawBytes(UnsafePointer(value.assumingMemoryBound(to: ASN1_STRING.self))) }
      let text: () -> String = { String(decoding: bytes(), as: UTF8.self) }
      switch kind {
      case GEN_DNS: dnsNames.append(text())
      case GEN_EMAIL: emailAddresses.append(text())
      case GEN_URI: uris.append(text())
      case GEN_IPADD:
        if let address = AddressBytes.text(bytes()) { ipAddresses.append(address) } else { others += 1 }
      default: others += 1
      }
    }
  }

  /// A new stack of the names, for the caller to free.
  ///
  /// - Throws: when a name is not ASCII or an address is malformed.
  func encoded() throws(SecurityError) -> OpaquePointer {
    var values: [(Int32, [UInt8])] = []
    for (kind, names) in [(GEN_DNS, dnsNames), (GEN_EMAIL, emailAddresses), (GEN_URI, uris)] {
      for name in names {
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else {
          throw SecurityError("the name \(name) is not ASCII")
        }
        values.append((kind, Array(name.utf8)))
      }
    }
    for address in ipAddresses {
      guard let bytes = AddressBytes.bytes(address) else {
        throw SecurityError("\(address) is not an IP address")
      }
      values.append((GEN_IPADD, bytes))
    }
    guard let stack = shim_GENERAL_NAMES_new() else { throw .openSSL("cannot write the names") }
    for (kind, bytes) in values {
      guard let name = GENERAL_NAME_new(),
        let string = ASN1_STRING_type_new(kind == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING)
      else { continue }
      ASN1_STRING_set(string, bytes, Int32(bytes.count))
      GENERAL_NAME_set0_value(name, kind, string)
      _ = shim_sk_GENERAL_NAME_push(stack, name)
    }
    return stack
  }
}

/// IP addresses as text and as network-order bytes.
public enum AddressBytes {
  /// The 4 or 16 bytes of an address; nil when the text is none. An IPv4 address in IPv6 form has 4.
  public static func bytes(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    return unmapped(withUnsafeBytes(of: six) { Array($0) })
  }

  /// The canonical text of 4 or 16 bytes; nil for other lengths.
  public static func text(_ bytes: [UInt8]) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let bytes = unmapped(bytes)
    var text = [CChar](repeating: 0, count: 64)
    guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
      return nil
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func unmapped(_ bytes: [UInt8]) -> [UInt8] {
    let mapped =
      bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
    return mapped ? Array(bytes[12...]) : bytes
  }
}
