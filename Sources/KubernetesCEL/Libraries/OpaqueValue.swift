import CEL

/// A value that only the functions of a library see into: a quantity, an address, a decision.
final class OpaqueValue<Content: Hashable & Sendable>: CELObject {
  let content: Content
  let type: CELType
  /// What costs are reckoned with.
  let size: UInt64?
  /// It is small, whatever it is.
  var equalityCost: UInt64? { 1 }

  init(_ content: Content, _ type: CELType, size: UInt64? = nil) {
    self.content = content
    self.type = type
    self.size = size
  }

  func isEqual(to other: CELValue) -> Bool { (other.object as? OpaqueValue)?.content == content }
}

extension CELValue {
  /// The content of a library's value.
  /// - Throws: where it is another value.
  func content<Content: Hashable & Sendable>(_ type: Content.Type = Content.self) throws(CELError) -> Content
  {
    guard let value = object as? OpaqueValue<Content> else { throw .noSuchOverload }
    return value.content
  }

  /// The text of a string.
  /// - Throws: where it is another value.
  func text() throws(CELError) -> String {
    guard let string else { throw .noSuchOverload }
    return string
  }
}
