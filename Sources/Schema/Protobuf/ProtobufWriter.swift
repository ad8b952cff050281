/// Appends protobuf's wire format (Protocol Buffers, "Encoding") to bytes.
struct ProtobufWriter {
  var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func tag(_ field: Int, _ wireType: ProtobufReader.WireType) {
    varint(UInt64(field) << 3 | UInt64(wireType.rawValue))
  }

  /// A field of an integer type; negative numbers take ten bytes.
  mutating func integer(_ field: Int, _ value: Int64) {
    tag(field, .varint)
    varint(UInt64(bitPattern: value))
  }

  mutating func bool(_ field: Int, _ value: Bool) { integer(field, value ? 1 : 0) }

  mutating func double(_ field: Int, _ value: Double) {
    tag(field, .fixed64)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ field: Int, _ value: String) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Begins a field whose content is written next, and returns where it begins.
  mutating func begin(_ field: Int) -> Start {
    let start = bytes.count
    tag(field, .lengthDelimited)
    // Most contents are shorter than 128 bytes, so that one byte for their length does.
    bytes.append(0)
    return Start(field: start, content: bytes.count)
  }

  /// Ends a field that was begun. Where nothing was written and `omitEmpty` is set, it is taken back.
  mutating func end(_ start: Start, omitEmpty: Bool = false) {
    let length = bytes.count - start.content
    if length == 0, omitEmpty {
      bytes.removeSubrange(start.field...)
    } else if length < 0x80 {
      bytes[start.content - 1] = UInt8(length)
    } else {
      var prefix = ProtobufWriter()
      prefix.varint(UInt64(length))
      bytes.replaceSubrange(start.content - 1..<start.content, with: prefix.bytes)
    }
  }

  /// Where a field and its content begin.
  struct Start {
    fileprivate var field: Int
    fileprivate var content: Int
  }
}
