import Schema
import Synchronization
import Values

/// The cluster IPs and node ports that services have (`--service-cluster-ip-range`,
/// `--service-node-port-range`). Only IPv4 ranges are given out.
public final class ServiceAddresses: Sendable {
  /// An IPv4 network in CIDR notation.
  public struct Range: Sendable, Equatable {
    public let text: String
    let base: UInt32
    let size: UInt32

    /// - Returns: nil where the text is no IPv4 CIDR with room for addresses.
    public init?(_ text: String) {
      let parts = text.split(separator: "/")
      guard parts.count == 2, let address = Self.address(String(parts[0])), let bits = Int(parts[1]),
        (8...30).contains(bits)
      else { return nil }
      size = UInt32(1) << UInt32(32 - bits)
      base = address & ~(size - 1)
      self.text = "\(Self.text(base))/\(bits)"
    }

    static func address(_ text: String) -> UInt32? {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 4 else { return nil }
      var address: UInt32 = 0
      for part in parts {
        guard let byte = UInt8(part), String(byte) == part else { return nil }
        address = address << 8 | UInt32(byte)
      }
      return address
    }

    static func text(_ address: UInt32) -> String {
      [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
    }

    func contains(_ address: UInt32) -> Bool { address > base && address < base + size - 1 }

    /// The first usable address: that of the service `kubernetes`.
    public var first: String { Self.text(base + 1) }
  }

  public let range: Range
  public let nodePorts: ClosedRange<Int64>
  private let used = Mutex((addresses: Set<UInt32>(), ports: Set<Int64>()))

  public init(range: Range, nodePorts: ClosedRange<Int64> = 30000...32767) {
    self.range = range
    self.nodePorts = nodePorts
  }

  enum Refusal: Error {
    case notInRange
    case taken
    case full
  }

  func take(_ text: String) throws(Refusal) {
    guard let address = Range.address(text), range.contains(address) else { throw .notInRange }
    guard used.withLock({ $0.addresses.insert(address).inserted }) else { throw .taken }
  }

  /// A free address, searched from a random place so that addresses are not reused at once.
  func takeAny() throws(Refusal) -> String {
    let usable = range.size - 2
    let start = UInt32.random(in: 0..<usable)
    let found = used.withLock { used -> UInt32? in
      for step in 0..<usable {
        let address = range.base + 1 + (start + step) % usable
        if used.addresses.insert(address).inserted { return address }
      }
      return nil
    }
    guard let found else { throw .full }
    return Range.text(found)
  }

  func release(_ text: String) {
    guard let address = Range.address(text) else { return }
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
