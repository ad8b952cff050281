import NIOCore

/// Writes frames as bytes. One task uses it.
struct SPDYFrameEncoder {
  private let headers = SPDYHeaderWriter()

  func write(_ frame: SPDYFrame, to buffer: inout ByteBuffer) throws(SPDYError) {
    switch frame {
    case .synStream(let id, let fields, let isLast, let isUnidirectional):
      let flags = (isLast ? SPDYType.isLast : 0) | (isUnidirectional ? SPDYType.isUnidirectional : 0)
      try control(SPDYType.synStream, flags, to: &buffer) { payload throws(SPDYError) in
        payload.writeInteger(id)
        payload.writeBytes([0, 0, 0, 0, 0, 0])
        payload.writeBytes(try headers.block(fields))
      }
    case .synReply(let id, let fields, let isLast):
      try fieldFrame(SPDYType.synReply, id, fields, isLast, to: &buffer)
    case .headers(let id, let fields, let isLast):
      try fieldFrame(SPDYType.headers, id, fields, isLast, to: &buffer)
    case .reset(let id, let status): try numbers(SPDYType.reset, [id, status.rawValue], to: &buffer)
    case .ping(let id): try numbers(SPDYType.ping, [id], to: &buffer)
    case .goAway(let last, let status): try numbers(SPDYType.goAway, [last, status], to: &buffer)
    case .data(let id, let bytes, let isLast): data(id, bytes, isLast, to: &buffer)
    case .ignored: break
    }
  }

  private func fieldFrame(
    _ type: UInt16, _ id: UInt32, _ fields: [SPDYHeader], _ isLast: Bool, to buffer: inout ByteBuffer
  ) throws(SPDYError) {
    try control(type, isLast ? SPDYType.isLast : 0, to: &buffer) { payload throws(SPDYError) in
      payload.writeInteger(id)
      payload.writeBytes(try headers.block(fields))
    }
  }

  private func numbers(
    _ type: UInt16, _ numbers: [UInt32], to buffer: inout ByteBuffer
  ) throws(SPDYError) {
    try control(type, 0, to: &buffer) { payload throws(SPDYError) in
      for number in numbers { payload.writeInteger(number) }
    }
  }

  private func control(
    _ type: UInt16, _ flags: UInt8, to buffer: inout ByteBuffer,
    _ fill: (inout ByteBuffer) throws(SPDYError) -> Void
  ) throws(SPDYError) {
    var payload = ByteBuffer()
    try fill(&payload)
    guard payload.readableBytes <= 0xFF_FFFF else { throw SPDYError("a frame is too long") }
    buffer.writeInteger(0x8000 | SPDYType.version)
    buffer.writeInteger(type)
    buffer.writeInteger(UInt32(flags) << 24 | UInt32(payload.readableBytes))
    buffer.writeBuffer(&payload)
  }

  /// Long data takes several frames.
  private func data(_ id: UInt32, _ bytes: ByteBuffer, _ isLast: Bool, to buffer: inout ByteBuffer) {
    var rest = bytes
    repeat {
      var piece = rest.readSlice(length: min(rest.readableBytes, 0xFF_FFFF)) ?? ByteBuffer()
      let flags = isLast && rest.readableBytes == 0 ? SPDYType.isLast : 0
      buffer.writeInteger(id)
      buffer.writeInteger(UInt32(flags) << 24 | UInt32(piece.readableBytes))
      buffer.writeBuffer(&piece)
    } while rest.readableBytes > 0
  }
}
