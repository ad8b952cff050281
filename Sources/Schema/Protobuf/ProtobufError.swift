/// Why bytes are no message, or a value none that has a protobuf form.
public struct ProtobufError: Error, Equatable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }

  static let endOfInput = ProtobufError("unexpected EOF")
  static let overflow = ProtobufError("proto: integer overflow")
  static let negativeLength = ProtobufError("proto: negative length found during unmarshaling")
  static let group = ProtobufError("proto: groups are not supported")
  static let tooDeep = ProtobufError("proto: exceeded max depth")
  static let tooMany = ProtobufError("proto: too many elements")
}
