import Schema
import Synchronization
import Values

/// The cluster IPs and node ports that services have (`--service-cluster-ip-range`,
/// `--service-node-port-range`).
public final class ServiceAddresses: Sendable {
  /// A network in CIDR notation: an IPv4 one from /8 to /30, or an IPv6 one from /64 to /126.
  public struct Range: Sendable, Equatable {
    private let block: AddressBlock
    fileprivate let addresses: ClosedRange<UInt128>

    /// - Returns: nil where the text is no CIDR with room for addresses.
    public init?(_ text: String) {
      guard let block = AddressBlock(text)?.masked, !block.address.isMapped else { return nil }
      let isIPv4 = block.address.isIPv4
      guard (isIPv4 ? 8...30 : 64...126).contains(block.prefix) else { return nil }
      self.block = block
      let size = UInt128(1) << UInt128((isIPv4 ? 32 : 128) - block.prefix)
      let base = block.address.number
      // The network's own address is nobody's, and the last one of IPv4 is for broadcasts.
      addresses = (base + 1)...(base + size - (isIPv4 ? 2 : 1))
    }

    public var text: String { "\(block.address)/\(block.prefix)" }
    /// `IPv4` or `IPv6`, as `spec.ipFamilies` of a Service names it.
    public var family: String { block.address.isIPv4 ? "IPv4" : "IPv6" }
    /// The first usable address: that of the service `kubernetes`.
    public var first: String { address(addresses.lowerBound).description }

    fileprivate func address(_ number: UInt128) -> IPAddress {
      IPAddress(number: number, isIPv4: block.address.isIPv4)
    }

    /// The lower part, which services that name their address should take it from; others get one of it only
    /// where the upper part is full (KEP-3070).
    fileprivate var halves: [ClosedRange<UInt128>] {
      let size = addresses.upperBound - addresses.lowerBound + 1
      let lower = size <= 16 ? 0 : min(max(16, size / 16), 256)
      if lower == 0 { return [addresses] }
      let border = addresses.lowerBound + lower
      return [border...addresses.upperBound, addresses.lowerBound...(border - 1)]
    }
  }

  /// Why a text is no list of ranges.
  public struct RangeError: Error, Sendable {
    /// One line, without the flag's name.
    public let message: String
  }

  /// Reads the value of `--service-cluster-ip-range`: one range, or two of different families for dual-stack
  /// services, the first of the family that services have unless they ask for the other.
  public static func ranges(_ text: String) throws(RangeError) -> [Range] {
    var ranges: [Range] = []
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    for part in parts {
      guard let range = Range(String(part.drop { $0.isWhitespace })) else {
        throw RangeError(message: "\(part) is no range: IPv4 from /8 to /30, or IPv6 from /64 to /126")
      }
      ranges.append(range)
    }
    if ranges.count > 2 { throw RangeError(message: "\(text) must not contain more than two entries") }
    if ranges.count == 2, ranges[0].family == ranges[1].family {
      throw RangeError(message: "the two of \(text) must be of different IP family")
    }
    return ranges
  }

  /// One or two, of different families; the first is the default.
  public let ranges: [Range]
  public let nodePorts: ClosedRange<Int64>
  private let used = Mutex((addresses: Set<IPAddress>(), ports: Set<Int64>()))

  public init(ranges: [Range], nodePorts: ClosedRange<Int64> = 30000...32767) {
    self.ranges = ranges
    self.nodePorts = nodePorts
  }

  /// The families that services can have here, the default one first.
  var families: [String] { ranges.map(\.family) }

  enum Refusal: Error {
    case notInRange
    case taken
    case full
  }

  /// - Parameters:
  ///   - more: ranges that there are besides those of the flag.
  ///   - isForeign: whether an address is somebody's who did not take it here.
  func take(
    _ text: String, besides more: [Range] = [], unless isForeign: (IPAddress) -> Bool = { _ in false }
  ) throws(Refusal) {
    guard let address = IPAddress(text),
      (ranges + more).contains(where: {
        ($0.family == "IPv4") == address.isIPv4 && $0.addresses.contains(address.number)
      })
    else { throw .notInRange }
    guard used.withLock({ $0.addresses.insert(address).inserted }) else { throw .taken }
    if isForeign(address) {
      release(text)
      throw .taken
    }
  }

  /// A free address, searched from a random place so that addresses are not reused at once. The parameters are
  /// those of `take`.
  func takeAny(
    family: String, besides more: [Range] = [], unless isForeign: (IPAddress) -> Bool = { _ in false }
  ) throws(Refusal) -> String {
    let ranges = (ranges + more).filter { $0.family == family }
    if ranges.isEmpty { throw .notInRange }
    // Held until one is found, so that none is come upon twice.
    var foreign: [String] = []
    defer { for address in foreign { release(address) } }
    for range in ranges {
      while let found = takeAny(of: range) {
        if !isForeign(found) { return found.description }
        foreign.append(found.description)
      }
    }
    throw .full
  }

  private func takeAny(of range: Range) -> IPAddress? {
    for half in range.halves {
      let size = half.upperBound - half.lowerBound + 1
      let start = UInt128.random(in: 0..<size)
      let found = used.withLock { used -> IPAddress? in
        // Among more addresses than are used one is free.
        var tries = min(size, UInt128(used.addresses.count) + 1)
        var place = start
        while tries > 0 {
          let address = range.address(half.lowerBound + place)
          if used.addresses.insert(address).inserted { return address }
          place = place + 1 == size ? 0 : place + 1
          tries -= 1
        }
        return nil
      }
      if let found { return found }
    }
    return nil
  }

  func release(_ text: String) {
    guard let address = IPAddress(text) else { return }
    used.withLock { _ = $0.addresses.remove(address) }
  }

  func take(port: Int64) throws(Refusal) {
    guard nodePorts.contains(port) else { throw .notInRange }
    guard used.withLock({ $0.ports.insert(port).inserted }) else { throw .taken }
  }

  func takeAnyPort() throws(Refusal) -> Int64 {
    let count = nodePorts.upperBound - nodePorts.lowerBound + 1
    let start = Int64.random(in: 0..<count)
    let found = used.withLock { used -> Int64? in
      for step in 0..<count {
        let port = nodePorts.lowerBound + (start + step) % count
        if used.ports.insert(port).inserted { return port }
      }
      return nil
    }
    guard let found else { throw .full }
    return found
  }

  func release(port: Int64) { used.withLock { _ = $0.ports.remove(port) } }
}
