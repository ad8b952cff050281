internal import COpenSSL
import NIOCore

/// The two ends of a connection's wire for OpenSSL: it reads records out of `input` and writes them into
/// `output`, with no buffer of its own in between.
final class ByteBufferBIO {
  /// Received and not yet read by OpenSSL.
  var input = ByteBuffer()
  /// Written by OpenSSL and not yet sent.
  var output = ByteBuffer()

  /// A new `BIO` over this object, which must outlive it.
  func makeBIO() -> OpaquePointer? {
    guard let bio = BIO_new(ByteBufferBIO.method.pointer) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  /// @unchecked: the table of functions is complete before it is shared.
  private struct Method: @unchecked Sendable {
    let pointer: OpaquePointer?
  }

  private static let method: Method = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ByteBuffer")
    BIO_meth_set_read(method) { bio, destination, length in
      ByteBufferBIO.of(bio)?.read(bio, destination, length) ?? -1
    }
    BIO_meth_set_write(method) { bio, source, length in
      guard let source, length > 0, let wire = ByteBufferBIO.of(bio) else { return -1 }
      shim_BIO_clear_retry_flags(bio)
      wire.output.writeBytes(UnsafeRawBufferPointer(start: source, count: Int(length)))
      return length
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      command == BIO_CTRL_FLUSH ? 1 : 0
    }
    return Method(pointer: method)
  }()

  private static func of(_ bio: OpaquePointer?) -> ByteBufferBIO? {
    BIO_get_data(bio).map { Unmanaged<ByteBufferBIO>.fromOpaque($0).takeUnretainedValue() }
  }

  private func read(_ bio: OpaquePointer?, _ destination: UnsafeMutablePointer<CChar>?, _ length: Int32)
    -> Int32
  {
    guard let destination, length > 0 else { return -1 }
    shim_BIO_clear_retry_flags(bio)
    let count = input.readWithUnsafeReadableBytes { source in
      let count = min(source.count, Int(length))
      if let start = source.baseAddress, count > 0 {
        UnsafeMutableRawPointer(destination).copyMemory(from: start, byteCount: count)
      }
      return count
    }
    guard count > 0 else {
      // "Not now": the peer may send more.
      shim_BIO_set_retry_read(bio)
      return -1
    }
    return Int32(count)
  }
}
