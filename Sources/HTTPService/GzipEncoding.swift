import CNIOExtrasZlib
import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Compression of answers, as the Kubernetes API server does it: level 4, for bodies over 128 KiB only.
enum GzipEncoding {
  static let threshold = 128 * 1024
  static let level: Int32 = 4

  /// Whether an `Accept-Encoding` header names gzip as it is, with no weight, which is what the API server
  /// looks for.
  static func isAccepted(_ headers: HTTPHeaders) -> Bool {
    for value in headers["Accept-Encoding"] {
      for token in value.utf8.split(separator: UInt8(ascii: ",")) {
        let name = token.drop { $0 == 0x20 || $0 == 0x09 }
        if name.starts(with: "gzip".utf8) && name.dropFirst(4).allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
          return true
        }
      }
    }
    return false
  }

  /// The bytes in gzip format (RFC 1952); nil when there are too many for one pass.
  static func compress(_ input: ByteBuffer) -> ByteBuffer? {
    guard let count = UInt32(exactly: input.readableBytes) else { return nil }
    // zlib keeps the address of its stream, so the stream stays in one place.
    let stream = UnsafeMutablePointer<cnioextras_z_stream>.allocate(capacity: 1)
    stream.initialize(to: cnioextras_z_stream())
    defer {
      stream.deinitialize(count: 1)
      stream.deallocate()
    }
    let gzipWindow: Int32 = 15 + 16
    let started = CNIOExtrasZlib_deflateInit2(
      stream, level, CNIOEXTRAS_Z_DEFLATED, gzipWindow, 8, CNIOEXTRAS_Z_DEFAULT_STRATEGY)
    guard started == CNIOEXTRAS_Z_OK else { return nil }
    defer { _ = cnioextras_z_deflateEnd(stream) }
    guard let bound = UInt32(exactly: cnioextras_z_deflateBound(stream, UInt(count))) else { return nil }

    var output = ByteBuffer()
    var result = CNIOEXTRAS_Z_OK
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(bound)) { space in
      input.withUnsafeReadableBytes { bytes in
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = count
        stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = bound
        result = cnioextras_z_deflate(stream, CNIOEXTRAS_Z_FINISH)
        return Int(bound - stream.pointee.avail_out)
      }
    }
    return result == CNIOEXTRAS_Z_STREAM_END ? output : nil
  }
}
