import NIOCore

/// A field of a stream's head: a name in lower case, and its value.
public struct SPDYHeader: Sendable, Equatable {
  public var name: String
  /// Several values are separated by NUL.
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A frame of SPDY/3.1 (draft, section 2.6).
enum SPDYFrame: Sendable, Equatable {
  case synStream(id: UInt32, headers: [SPDYHeader], isLast: Bool, isUnidirectional: Bool)
  case synReply(id: UInt32, headers: [SPDYHeader], isLast: Bool)
  case reset(id: UInt32, SPDYResetStatus)
  case ping(UInt32)
  case goAway(lastStream: UInt32, status: UInt32)
  case headers(id: UInt32, headers: [SPDYHeader], isLast: Bool)
  /// A part of a data frame, or a whole one.
  case data(id: UInt32, ByteBuffer, isLast: Bool)
  /// SETTINGS, WINDOW_UPDATE, and what nobody knows: they change nothing here.
  case ignored

  /// How many bytes it takes, about.
  var cost: Int {
    if case .data(_, let bytes, _) = self { return bytes.readableBytes + 8 }
    return 64
  }
}

/// Why a stream ends before its time (draft, section 2.6.3).
public struct SPDYResetStatus: RawRepresentable, Sendable, Equatable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let protocolError = SPDYResetStatus(rawValue: 1)
  public static let invalidStream = SPDYResetStatus(rawValue: 2)
  public static let refusedStream = SPDYResetStatus(rawValue: 3)
  public static let cancel = SPDYResetStatus(rawValue: 5)
  public static let internalError = SPDYResetStatus(rawValue: 6)
  public static let streamInUse = SPDYResetStatus(rawValue: 8)
}

/// What the control frames are called on the wire.
enum SPDYType {
  static let synStream: UInt16 = 1
  static let synReply: UInt16 = 2
  static let reset: UInt16 = 3
  static let ping: UInt16 = 6
  static let goAway: UInt16 = 7
  static let headers: UInt16 = 8

  static let version: UInt16 = 3
  static let isLast: UInt8 = 1
  static let isUnidirectional: UInt8 = 2
}

/// What ends a connection: bytes that are no SPDY/3.1, or more than is allowed.
struct SPDYError: Error, Equatable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
