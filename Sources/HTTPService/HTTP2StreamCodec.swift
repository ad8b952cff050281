import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

/// Turns the frames of an HTTP/2 stream into request parts and response parts into frames.
///
/// A frame is held until the next part or flush, so that the last one of a response carries END_STREAM.
final class HTTP2StreamCodec: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTP2Frame.FramePayload

  /// An outbound event that ends the stream with RST_STREAM.
  struct Reset: Sendable {
    let code: HTTP2ErrorCode
  }

  private enum Input { case head, body, over }

  private let maxHeaderBytes: Int
  private let maxHeaderFields: Int
  private var input = Input.head
  private var held: HTTP2Frame.FramePayload?

  init(maxHeaderBytes: Int, maxHeaderFields: Int) {
    self.maxHeaderBytes = maxHeaderBytes
    self.maxHeaderFields = maxHeaderFields
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (input, Self.unwrapInboundIn(data)) {
    case (.head, .headers(let frame)):
      guard isSmallEnough(frame.headers) else { return refuseHeaders(context, isEnded: frame.endStream) }
      guard let head = Self.requestHead(frame.headers) else {
        input = .over
        return context.close(promise: nil)
      }
      input = .body
      context.fireChannelRead(Self.wrapInboundOut(.head(head)))
      if frame.endStream { end(context) }
    case (.body, .data(let frame)):
      if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 {
        context.fireChannelRead(Self.wrapInboundOut(.body(bytes)))
      }
      if frame.endStream { end(context) }
    case (.body, .headers(let frame)) where frame.endStream:
      end(context)
    default:
      break
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    input = .over
    context.fireChannelRead(Self.wrapInboundOut(.end(nil)))
  }

  /// The size of a header list counts 32 bytes for each field (RFC 9113 section 6.5.2).
  private func isSmallEnough(_ headers: HPACKHeaders) -> Bool {
    guard headers.count <= maxHeaderFields else { return false }
    return headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 } <= maxHeaderBytes
  }

  private func refuseHeaders(_ context: ChannelHandlerContext, isEnded: Bool) {
    input = .over
    let refusal = Refusal.headersTooLarge
    let headers: HPACKHeaders = [
      ":status": String(refusal.status), "content-type": "text/plain; charset=utf-8", "date": HTTPDate.now,
    ]
    let body = IOData.byteBuffer(ByteBuffer(string: refusal.text))
    context.write(Self.wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.data(.init(data: body, endStream: true))), promise: nil)
    if !isEnded && context.channel.isActive {
      context.writeAndFlush(Self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
  }

  /// The HTTP/2 handler has validated the fields; `host` stands for `:authority`.
  private static func requestHead(_ headers: HPACKHeaders) -> HTTPRequestHead? {
    var fields: [(String, String)] = []
    fields.reserveCapacity(headers.count)
    var method: String?
    var path: String?
    var authority: String?
    for (name, value, _) in headers {
      switch name {
      case ":method": method = value
      case ":path": path = value
      case ":authority": authority = value
      case _ where name.utf8.first == UInt8(ascii: ":"): break
      default: fields.append((name, value))
      }
    }
    guard let method else { return nil }
    if let authority {
      fields.removeAll { $0.0 == "host" }
      fields.append(("host", authority))
    }
    return HTTPRequestHead(
      version: .http2, method: HTTPMethod(rawValue: method), uri: path ?? "/", headers: HTTPHeaders(fields))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = Self.unwrapOutboundIn(data)
    if case .end = part {
      promise?.succeed()
      return endStream(context)
    }
    sendHeld(context)
    switch part {
    case .head(let head):
      var headers = HPACKHeaders()
      headers.reserveCapacity(head.headers.count + 1)
      headers.add(name: ":status", value: String(head.status.code))
      for (name, value) in head.headers { headers.add(name: name.lowercased(), value: value) }
      held = .headers(.init(headers: headers))
    case .body(let bytes):
      held = .data(.init(data: bytes))
    case .end:
      break
    }
    promise?.succeed()
  }

  private func endStream(_ context: ChannelHandlerContext) {
    switch held {
    case .headers(var frame):
      frame.endStream = true
      held = .headers(frame)
    case .data(var frame):
      frame.endStream = true
      held = .data(frame)
    default:
      held = .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
    }
  }

  func flush(context: ChannelHandlerContext) {
    sendHeld(context)
    context.flush()
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?)
  {
    guard let reset = event as? Reset else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    sendHeld(context)
    context.writeAndFlush(Self.wrapOutboundOut(.rstStream(reset.code)), promise: promise)
  }

  private func sendHeld(_ context: ChannelHandlerContext) {
    guard let frame = held else { return }
    held = nil
    context.write(Self.wrapOutboundOut(frame), promise: nil)
  }
}
