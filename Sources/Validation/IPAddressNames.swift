import Schema
import Values

extension Names {
  /// Addresses written in the one way that every reader understands alike.
  static func ipAddress(_ text: String) -> [String] {
    guard let address = IPAddress(text) else {
      return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    }
    if address.bytes.count == 4, address.description != text { return ["must not have leading 0s"] }
    return address.isMapped ? ["must not be an IPv4-mapped IPv6 address"] : []
  }

  /// Addresses in newer fields, which are written in one way only (RFC 5952).
  static func canonicalAddress(_ text: String) -> [String] {
    let faults = ipAddress(text)
    guard faults.isEmpty, let address = IPAddress(text), address.description != text else { return faults }
    return ["must be in canonical form (\(FieldError.quoted(address.description)))"]
  }

  static func canonicalBlock(_ text: String) -> [String] {
    let faults = addressBlock(text)
    guard faults.isEmpty, let block = AddressBlock(text) else { return faults }
    let canonical = "\(block.address)/\(block.prefix)"
    return canonical == text ? [] : ["must be in canonical form (\(FieldError.quoted(canonical)))"]
  }

  /// The address of an interface with the length of its network's prefix, in canonical form.
  static func interfaceAddress(_ text: String) -> [String] {
    guard let block = AddressBlock(text) else {
      return ["must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"]
    }
    let canonical = "\(block.address)/\(block.prefix)"
    return canonical == text ? [] : ["must be in canonical form (\(FieldError.quoted(canonical)))"]
  }

  static func addressBlock(_ text: String) -> [String] {
    guard let block = AddressBlock(text) else {
      return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
    }
    if block.address.bytes.count == 4, "\(block.address)/\(block.prefix)" != text {
      return ["must not have leading 0s in IP or prefix length"]
    }
    if block.address.isMapped { return ["must not have an IPv4-mapped IPv6 address"] }
    return block.isMasked ? [] : ["must not have bits set beyond the prefix length"]
  }
}
