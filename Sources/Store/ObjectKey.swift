/// The place of an object within its resource.
///
/// Keys are ordered as the real server's storage orders them: by the bytes of `namespace/name`. A namespace
/// `a-b` therefore comes before `a`, since `-` is less than `/`. Two keys are equal when their bytes are,
/// whatever Unicode says about the characters.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The namespace; empty for an object of cluster scope.
  public var namespace: String
  public var name: String

  public init(namespace: String = "", name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// `namespace/name`, and only the name at cluster scope.
  public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

  public static func < (a: ObjectKey, b: ObjectKey) -> Bool { a.compare(b) < 0 }

  public static func == (a: ObjectKey, b: ObjectKey) -> Bool { a.compare(b) == 0 }

  public func hash(into hasher: inout Hasher) {
    for text in [namespace, name] {
      let done: Void? = text.utf8.withContiguousStorageIfAvailable {
        hasher.combine(bytes: UnsafeRawBufferPointer($0))
      }
      if done == nil { for byte in text.utf8 { hasher.combine(byte) } }
      hasher.combine(UInt8.max)  // never a byte of UTF-8, so it separates
    }
  }

  /// Negative, zero or positive as the key is before, at or after the other one.
  func compare(_ other: ObjectKey) -> Int {
    let order = withBytes(of: namespace, other.namespace) { compareBytes($0, $1, end: UInt8(ascii: "/")) }
    return order != 0 ? order : withBytes(of: name, other.name) { compareBytes($0, $1, end: 0) }
  }
}

private typealias Bytes = UnsafeBufferPointer<UInt8>

private func withBytes(of a: String, _ b: String, _ body: (Bytes, Bytes) -> Int) -> Int {
  let result = a.utf8.withContiguousStorageIfAvailable { x in
    b.utf8.withContiguousStorageIfAvailable { y in body(x, y) }
  }
  if let result, let result { return result }
  return Array(a.utf8).withUnsafeBufferPointer { x in
    Array(b.utf8).withUnsafeBufferPointer { y in body(x, y) }
  }
}

/// Compares as though each text were followed by the byte `end`, which comes just before an equal byte
/// within a text.
private func compareBytes(_ a: Bytes, _ b: Bytes, end: UInt8) -> Int {
  let common = min(a.count, b.count)
  for i in 0..<common where a[i] != b[i] { return a[i] < b[i] ? -1 : 1 }
  if a.count == b.count { return 0 }
  if a.count < b.count { return end <= b[common] ? -1 : 1 }
  return end <= a[common] ? 1 : -1
}
