import NIOCore

/// Takes frames out of bytes. Data is handed on as it comes, in parts, so that no frame is held as a whole;
/// control frames are bounded. One task uses it.
struct SPDYFrameDecoder {
  /// The most bytes of a control frame.
  static let maximumControlBytes = 64 << 10

  private var buffer = ByteBuffer()
  private let headers = SPDYHeaderReader()
  /// What is still to come of a data frame.
  private var data: (id: UInt32, rest: Int, isLast: Bool)?

  /// Adds bytes that came.
  mutating func feed(_ bytes: ByteBuffer) {
    buffer.discardReadBytes()
    buffer.writeImmutableBuffer(bytes)
  }

  /// The next frame; nil until more has come.
  mutating func next() throws(SPDYError) -> SPDYFrame? {
    if let data { return nextData(data) }
    guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
      let second = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
    else { return nil }
    let flags = UInt8(second >> 24)
    let length = Int(second & 0xFF_FFFF)
    guard first & 0x8000_0000 != 0 else {
      guard first != 0 else { throw SPDYError("stream id zero is disallowed") }
      buffer.moveReaderIndex(forwardBy: 8)
      return nextData((first, length, flags & SPDYType.isLast != 0))
    }
    guard UInt16(first >> 16 & 0x7FFF) == SPDYType.version else {
      throw SPDYError("version \(first >> 16 & 0x7FFF) instead of 3")
    }
    guard length <= Self.maximumControlBytes else {
      throw SPDYError("a control frame of \(length) bytes")
    }
    guard buffer.readableBytes >= 8 + length else { return nil }
    buffer.moveReaderIndex(forwardBy: 8)
    guard var payload = buffer.readSlice(length: length) else { return nil }
    return try control(UInt16(first & 0xFFFF), flags, &payload)
  }

  private mutating func nextData(_ frame: (id: UInt32, rest: Int, isLast: Bool)) -> SPDYFrame? {
    let part = buffer.readSlice(length: min(frame.rest, buffer.readableBytes)) ?? ByteBuffer()
    let rest = frame.rest - part.readableBytes
    data = rest == 0 ? nil : (frame.id, rest, frame.isLast)
    if rest > 0, part.readableBytes == 0 { return nil }
    return .data(id: frame.id, part, isLast: frame.isLast && rest == 0)
  }

  private func control(
    _ type: UInt16, _ flags: UInt8, _ payload: inout ByteBuffer
  ) throws(SPDYError) -> SPDYFrame {
    let isLast = flags & SPDYType.isLast != 0
    switch type {
    case SPDYType.synStream:
      let id = try streamID(&payload)
      // The stream it belongs to, its priority and a slot: of no consequence here.
      guard payload.readSlice(length: 6) != nil else { throw Self.short }
      return .synStream(
        id: id, headers: try headers.headers(payload), isLast: isLast,
        isUnidirectional: flags & SPDYType.isUnidirectional != 0)
    case SPDYType.synReply:
      return .synReply(
        id: try streamID(&payload), headers: try headers.headers(payload), isLast: isLast)
    case SPDYType.headers:
      return .headers(id: try streamID(&payload), headers: try headers.headers(payload), isLast: isLast)
    case SPDYType.reset:
      let id = try streamID(&payload)
      return .reset(id: id, SPDYResetStatus(rawValue: try integer(&payload)))
    case SPDYType.ping: return .ping(try integer(&payload))
    case SPDYType.goAway:
      let last = try integer(&payload) & 0x7FFF_FFFF
      return .goAway(lastStream: last, status: try integer(&payload))
    default: return .ignored
    }
  }

  private func streamID(_ payload: inout ByteBuffer) throws(SPDYError) -> UInt32 {
    let id = try integer(&payload) & 0x7FFF_FFFF
    guard id != 0 else { throw SPDYError("stream id zero is disallowed") }
    return id
  }

  private func integer(_ payload: inout ByteBuffer) throws(SPDYError) -> UInt32 {
    guard let number = payload.readInteger(as: UInt32.self) else { throw Self.short }
    return number
  }

  private static let short = SPDYError("a control frame is too short")
}
