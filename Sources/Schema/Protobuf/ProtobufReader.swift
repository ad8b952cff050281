/// Reads protobuf's wire format (Protocol Buffers, "Encoding") from bytes that may be hostile: every length
/// is checked against what is left, and groups are refused.
struct ProtobufReader {
  enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// What is left to be read.
  private var rest: UnsafeRawBufferPointer.SubSequence

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// The number and wire type of the next field.
  mutating func tag() throws(ProtobufError) -> (number: UInt64, wireType: WireType) {
    let value = try varint()
    let number = value >> 3
    guard number > 0, number <= 0x1FFF_FFFF else { throw ProtobufError("proto: illegal tag \(number)") }
    guard let wireType = WireType(rawValue: UInt8(value & 7)) else {
      throw value & 7 < 5 ? .group : ProtobufError("proto: illegal wireType \(value & 7)")
    }
    return (number, wireType)
  }

  mutating func varint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      // The tenth byte holds the last bit.
      if shift == 63, byte > 1 { throw .overflow }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .endOfInput
  }

  mutating func fixed64() throws(ProtobufError) -> UInt64 {
    let bytes = try take(8)
    return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
  }

  /// The content of a length-delimited field. It is valid as long as the bytes that are read.
  mutating func content() throws(ProtobufError) -> UnsafeRawBufferPointer {
    let length = try varint()
    guard let count = Int(exactly: length) else { throw .negativeLength }
    return try take(count)
  }

  mutating func skip(_ wireType: WireType) throws(ProtobufError) {
    switch wireType {
    case .varint: _ = try varint()
    case .fixed64: _ = try take(8)
    case .lengthDelimited: _ = try content()
    case .fixed32: _ = try take(4)
    }
  }

  private mutating func take(_ count: Int) throws(ProtobufError) -> UnsafeRawBufferPointer {
    guard count <= rest.count else { throw .endOfInput }
    let taken = rest.prefix(count)
    rest = rest.dropFirst(count)
    return UnsafeRawBufferPointer(rebasing: taken)
  }
}
