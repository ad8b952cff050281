/// The 16 bytes that all spans of a trace have in common (W3C Trace Context, "trace-id").
public struct TraceID: Sendable, Hashable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new one.
  static func random() -> TraceID { TraceID(high: .random(in: .min ... .max), low: .random(in: 1 ... .max)) }

  /// 32 digits.
  public var hex: String { Hex.text(high) + Hex.text(low) }
}

/// Which span of which trace a request belongs to, as servers tell each other
/// (W3C Trace Context, `traceparent` and `tracestate`).
public struct TraceContext: Sendable, Equatable {
  public var traceID: TraceID
  public var spanID: UInt64
  /// Whether the trace is recorded.
  public var isSampled: Bool
  /// `tracestate` as it came; may be empty.
  public var state: String

  public init(traceID: TraceID, spanID: UInt64, isSampled: Bool, state: String = "") {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
  }

  /// Reads the header fields.
  /// - Parameters:
  ///   - traceparent: nil is returned for what the recommendation calls invalid.
  ///   - tracestate: all values; what can't be read is left out.
  public init?(traceparent: String, tracestate: [String] = []) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, let version = Hex.number(parts[0], digits: 2), version != 0xFF,
      version > 0 || parts.count == 4, parts[1].utf8.count == 32,
      let high = Hex.number(parts[1].prefix(16), digits: 16),
      let low = Hex.number(parts[1].suffix(16), digits: 16), high | low != 0,
      let span = Hex.number(parts[2], digits: 16), span != 0, let flags = Hex.number(parts[3], digits: 2)
    else { return nil }
    self.init(
      traceID: TraceID(high: high, low: low), spanID: span, isSampled: flags & 1 == 1,
      state: Self.state(tracestate.joined(separator: ",")))
  }

  /// `00-…-…-01`.
  public var traceparent: String { "00-\(traceID.hex)-\(Hex.text(spanID))-0\(isSampled ? 1 : 0)" }

  private static let maximumStateBytes = 4096
  private static let maximumStateMembers = 32

  /// `key=value` members, or nothing where one of them is not of that form.
  private static func state(_ text: String) -> String {
    guard text.utf8.count <= maximumStateBytes, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return ""
    }
    let members = text.split(separator: ",")
    let areFit = members.allSatisfy { member in
      guard let end = member.firstIndex(of: "=") else { return false }
      return member[..<end].contains { $0 != " " } && !member[end...].dropFirst().contains("=")
    }
    return areFit && members.count <= maximumStateMembers ? text : ""
  }
}

/// Numbers in lower-case hexadecimal digits.
enum Hex {
  static func text(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// - Returns: nil unless the text is exactly that many lower-case digits.
  static func number(_ text: Substring, digits: Int) -> UInt64? {
    guard text.utf8.count == digits,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return UInt64(text, radix: 16)
  }
}
