import CNIOExtrasZlib
import Glibc

/// Compresses files, a piece at a time.
public enum GzipFile {
  private static let pieceBytes = 64 << 10

  /// Writes the file in gzip format (RFC 1952) to another, which only its owner may read.
  /// - Returns: whether the whole file was written; where it was not, what is at the target is no gzip file.
  public static func compress(_ source: String, to target: String) -> Bool {
    guard let input = fopen(source, "rb") else { return false }
    defer { fclose(input) }
    let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0, let output = fdopen(descriptor, "wb") else { return false }
    let isWritten = compress(input, to: output)
    return fclose(output) == 0 && isWritten
  }

  private static func compress(_ input: UnsafeMutablePointer<FILE>, to output: UnsafeMutablePointer<FILE>)
    -> Bool
  {
    // zlib keeps the address of its stream, so the stream stays in one place.
    let stream = UnsafeMutablePointer<cnioextras_z_stream>.allocate(capacity: 1)
    stream.initialize(to: cnioextras_z_stream())
    defer {
      stream.deinitialize(count: 1)
      stream.deallocate()
    }
    let gzipWindow: Int32 = 15 + 16
    guard
      CNIOExtrasZlib_deflateInit2(
        stream, CNIOEXTRAS_Z_DEFAULT_COMPRESSION, CNIOEXTRAS_Z_DEFLATED, gzipWindow, 8,
        CNIOEXTRAS_Z_DEFAULT_STRATEGY) == CNIOEXTRAS_Z_OK
    else { return false }
    defer { _ = cnioextras_z_deflateEnd(stream) }

    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var space = [UInt8](repeating: 0, count: pieceBytes)
    while true {
      let count = fread(&piece, 1, piece.count, input)
      if ferror(input) != 0 { return false }
      let flush = count == 0 ? CNIOEXTRAS_Z_FINISH : CNIOEXTRAS_Z_NO_FLUSH
      let isWritten = piece.withUnsafeMutableBufferPointer { piece in
        stream.pointee.next_in = piece.baseAddress
        stream.pointee.avail_in = UInt32(count)
        return drain(stream, flush, &space, output)
      }
      if !isWritten { return false }
      if count == 0 { return true }
    }
  }

  /// Writes all that the stream has to give for the input it was given.
  private static func drain(
    _ stream: UnsafeMutablePointer<cnioextras_z_stream>, _ flush: Int32, _ space: inout [UInt8],
    _ output: UnsafeMutablePointer<FILE>
  ) -> Bool {
    space.withUnsafeMutableBufferPointer { space in
      while true {
        stream.pointee.next_out = space.baseAddress
        stream.pointee.avail_out = UInt32(space.count)
        let result = cnioextras_z_deflate(stream, flush)
        guard
          result == CNIOEXTRAS_Z_OK || result == CNIOEXTRAS_Z_STREAM_END || result == CNIOEXTRAS_Z_BUF_ERROR
        else { return false }
        let made = space.count - Int(stream.pointee.avail_out)
        guard fwrite(space.baseAddress, 1, made, output) == made else { return false }
        if result == CNIOEXTRAS_Z_STREAM_END || made < space.count { return true }
      }
    }
  }
}
