/// Why bytes are no message, or a value none that has a protobuf form.
public struct ProtobufError: Error, Equatable, CustomStringConvertible {
  public var message: String
  /// The kind that the message says it is of, where that was read before the error was found.
  public var kind: GroupVersionKind?
  /// Whether what is wrong is that nobody knows the kind.
  public var isUnknownKind = false

  public init(_ message: String) { self.message = message }

  public static func == (a: ProtobufError, b: ProtobufError) -> Bool { a.message == b.message }

  public var description: String { message }

  static let endOfInput = ProtobufError("unexpected EOF")
  static let overflow = ProtobufError("proto: integer overflow")
  static let negativeLength = ProtobufError("proto: negative length found during unmarshaling")
  static let group = ProtobufError("proto: groups are not supported")
  static let tooDeep = ProtobufError("proto: exceeded max depth")
  static let tooMany = ProtobufError("proto: too many elements")
}
