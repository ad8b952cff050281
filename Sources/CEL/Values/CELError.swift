/// Why an expression has no value.
public struct CELError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// The expression failed, as in a division by zero. `&&`, `||` and the macros absorb such an error
    /// where the other side decides.
    case evaluation
    /// The cost budget is used up. Never absorbed.
    case costLimitExceeded
    /// The evaluation was cancelled from outside. Never absorbed.
    case interrupted
  }

  public let kind: Kind
  /// The text, as cel-go has it.
  public let message: String

  public init(_ message: String, kind: Kind = .evaluation) {
    self.message = message
    self.kind = kind
  }

  public var description: String { message }
}

extension CELError {
  /// No implementation takes values of these types.
  public static let noSuchOverload = CELError("no such overload")
  /// An argument could not be divided by.
  static let divisionByZero = CELError("division by zero")
  static let modulusByZero = CELError("modulus by zero")
  static let integerOverflow = CELError("integer overflow")
  static let unsignedOverflow = CELError("unsigned integer overflow")
  static let timestampOverflow = CELError("timestamp overflow")
  static let durationOverflow = CELError("duration overflow")
  static let costLimit = CELError(
    "operation cancelled: actual cost limit exceeded", kind: .costLimitExceeded)
  static let interrupted = CELError("operation interrupted", kind: .interrupted)

  /// No implementation of the function takes values of these types.
  public static func noSuchOverload(_ function: String, _ arguments: [CELValue]) -> CELError {
    let types = arguments.map(\.type.runtimeName).joined(separator: ", ")
    return CELError("no such overload: \(function)(\(types))")
  }

  /// A map has no such key, or an object of a schema no such member.
  public static func noSuchKey(_ key: some CustomStringConvertible) -> CELError {
    CELError("no such key: \(key)")
  }

  static func indexOutOfBounds(_ index: some CustomStringConvertible) -> CELError {
    CELError("index out of bounds: \(index)")
  }
}
