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
