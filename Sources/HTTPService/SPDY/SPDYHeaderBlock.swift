import CNIOExtrasZlib
import NIOCore

/// Writes header blocks. Each is compressed with all before it in mind, so they are sent in the order in which
/// they were written. One task uses it.
final class SPDYHeaderWriter {
  private let stream: UnsafeMutablePointer<cnioextras_z_stream>
  private var isBroken: Bool

  init() {
    // zlib keeps the address of its stream, so the stream stays in one place.
    stream = .allocate(capacity: 1)
    stream.initialize(to: cnioextras_z_stream())
    isBroken =
      CNIOExtrasZlib_deflateInit2(
        stream, CNIOEXTRAS_Z_DEFAULT_COMPRESSION, CNIOEXTRAS_Z_DEFLATED, 15, 8, CNIOEXTRAS_Z_DEFAULT_STRATEGY)
      != CNIOEXTRAS_Z_OK
    let dictionary = SPDYDictionary.bytes
    if !isBroken {
      isBroken =
        cnioextras_z_deflateSetDictionary(stream, dictionary, UInt32(dictionary.count)) != CNIOEXTRAS_Z_OK
    }
  }

  deinit {
    _ = cnioextras_z_deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// The block of those headers, compressed.
  func block(_ headers: [SPDYHeader]) throws(SPDYError) -> [UInt8] {
    guard !isBroken else { throw SPDYError("headers can't be compressed") }
    var plain = ByteBuffer()
    plain.writeInteger(UInt32(headers.count))
    for header in headers {
      for text in [header.name, header.value] {
        plain.writeInteger(UInt32(text.utf8.count))
        plain.writeString(text)
      }
    }
    var input = Array(plain.readableBytesView)
    var output: [UInt8] = []
    var space = [UInt8](repeating: 0, count: 4096)
    let isWritten = input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      return space.withUnsafeMutableBufferPointer { space in
        repeat {
          stream.pointee.next_out = space.baseAddress
          stream.pointee.avail_out = UInt32(space.count)
          let result = cnioextras_z_deflate(stream, CNIOEXTRAS_Z_SYNC_FLUSH)
          guard result == CNIOEXTRAS_Z_OK || result == CNIOEXTRAS_Z_BUF_ERROR else { return false }
          output += space.prefix(space.count - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
        return true
      }
    }
    guard isWritten else {
      isBroken = true
      throw SPDYError("headers can't be compressed")
    }
    return output
  }
}

/// Reads header blocks, in the order in which they came. One task uses it.
final class SPDYHeaderReader {
  /// A block has no more than so many bytes when it is read.
  static let maximumBytes = 64 << 10
  static let maximumCount = 256

  private let stream: UnsafeMutablePointer<cnioextras_z_stream>
  private var isBroken: Bool

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: cnioextras_z_stream())
    isBroken = CNIOExtrasZlib_inflateInit2(stream, 15) != CNIOEXTRAS_Z_OK
  }

  deinit {
    _ = cnioextras_z_inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// The headers of a block.
  func headers(_ block: ByteBuffer) throws(SPDYError) -> [SPDYHeader] {
    var plain = try inflate(Array(block.readableBytesView))
    guard let count = plain.readInteger(as: UInt32.self), count <= Self.maximumCount else {
      throw SPDYError("a header block without or with too many headers")
    }
    var headers: [SPDYHeader] = []
    for _ in 0..<count {
      guard let name = text(&plain), let value = text(&plain) else {
        throw SPDYError("a header block ends too soon")
      }
      guard !name.isEmpty, !name.utf8.contains(where: { (0x41...0x5A).contains($0) || $0 == 0 }) else {
        throw SPDYError("header was not lowercased")
      }
      guard !headers.contains(where: { $0.name == name }) else {
        throw SPDYError("multiple headers with same name")
      }
      headers.append(SPDYHeader(name, value))
    }
    guard plain.readableBytes == 0 else { throw SPDYError("a header block goes on after its end") }
    return headers
  }

  private func text(_ buffer: inout ByteBuffer) -> String? {
    guard let length = buffer.readInteger(as: UInt32.self), length <= buffer.readableBytes else { return nil }
    return buffer.readString(length: Int(length))
  }

  private func inflate(_ block: [UInt8]) throws(SPDYError) -> ByteBuffer {
    guard !isBroken else { throw SPDYError("compressed payload size was incorrect") }
    var block = block
    var output: [UInt8] = []
    var space = [UInt8](repeating: 0, count: 4096)
    let dictionary = SPDYDictionary.bytes
    let isRead = block.withUnsafeMutableBufferPointer { block in
      stream.pointee.next_in = block.baseAddress
      stream.pointee.avail_in = UInt32(block.count)
      return space.withUnsafeMutableBufferPointer { space in
        while true {
          stream.pointee.next_out = space.baseAddress
          stream.pointee.avail_out = UInt32(space.count)
          let result = cnioextras_z_inflate(stream, CNIOEXTRAS_Z_SYNC_FLUSH)
          let made = space.count - Int(stream.pointee.avail_out)
          output += space.prefix(made)
          guard output.count <= Self.maximumBytes else { return false }
          switch result {
          case CNIOEXTRAS_Z_NEED_DICT:
            // zlib itself compares the checksum, and fails for another dictionary.
            guard
              cnioextras_z_inflateSetDictionary(stream, dictionary, UInt32(dictionary.count))
                == CNIOEXTRAS_Z_OK
            else { return false }
          case CNIOEXTRAS_Z_OK: if stream.pointee.avail_in == 0, made < space.count { return true }
          // Nothing was left to do.
          case CNIOEXTRAS_Z_BUF_ERROR: return stream.pointee.avail_in == 0
          // A stream that ends takes no more blocks.
          default: return false
          }
        }
      }
    }
    guard isRead else {
      isBroken = true
      throw SPDYError("compressed payload size was incorrect")
    }
    return ByteBuffer(bytes: output)
  }
}
