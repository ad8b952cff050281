import Values

/// An object that is ready to be committed: its members are ordered and its text is encoded around the
/// hole into which the resourceVersion goes. So encoding happens before the writer's lock is taken.
struct PreparedObject: Sendable {
  private var members: Object
  private var metadata: Object
  /// The text up to the digits of the resourceVersion, and from behind them on.
  private let head: [UInt8]
  private let tail: [UInt8]

  /// The order of ObjectMeta's fields in the real server's answers.
  private static let metadataOrder = [
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation",
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations",
    "ownerReferences", "finalizers", "managedFields",
  ]

  /// Prepares a value; a resourceVersion that it has is left out. What is not an object becomes one.
  init(_ value: Value) {
    let source = value.object ?? [:]
    var details = source["metadata"]?.object ?? [:]
    details["resourceVersion"] = ""
    metadata = Self.ordered(details, first: Self.metadataOrder)
    var whole = source
    whole["metadata"] = .object(metadata)
    members = Self.ordered(whole, first: ["kind", "apiVersion", "metadata"])

    var head: [UInt8] = []
    var out: [UInt8] = []
    out.reserveCapacity(1024)
    Self.append(members, to: &out) { key, value, out in
      guard key == "metadata", let metadata = value.object else { return JSON.append(value, to: &out) }
      Self.append(metadata, to: &out) { key, value, out in
        guard key == "resourceVersion" else { return JSON.append(value, to: &out) }
        out.append(UInt8(ascii: "\""))
        swap(&head, &out)
        out.append(UInt8(ascii: "\""))
      }
    }
    self.head = head
    tail = out
  }

  /// The bytes of the encoded object, but for its resourceVersion.
  var byteCount: Int { head.count + tail.count }

  /// The object as the write of that revision stores it.
  func stored(at key: ObjectKey, revision: UInt64) -> StoredObject {
    let digits = String(revision)
    var metadata = metadata
    metadata["resourceVersion"] = .string(digits)
    var members = members
    members["metadata"] = .object(metadata)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(head.count + digits.utf8.count + tail.count)
    bytes.append(contentsOf: head)
    bytes.append(contentsOf: digits.utf8)
    bytes.append(contentsOf: tail)
    return StoredObject(key: key, value: .object(members), bytes: bytes, revision: revision)
  }

  /// Whether the object is that stored one but for the resourceVersion.
  func isUnchanged(from stored: StoredObject) -> Bool {
    let digits = String(stored.revision)
    guard head.count + digits.utf8.count + tail.count == stored.bytes.count else { return false }
    return self.stored(at: stored.key, revision: stored.revision).value == stored.value
  }

  /// The object with the named members first, in that order, and the others behind in their own.
  private static func ordered(_ object: Object, first names: [String]) -> Object {
    var result = Object(minimumCapacity: object.count)
    for name in names { if let value = object[name] { result[name] = value } }
    for (key, value) in object where !result.contains(key) { result[key] = value }
    return result
  }

  private static func append(
    _ object: Object, to out: inout [UInt8], value appendValue: (String, Value, inout [UInt8]) -> Void
  ) {
    var separator = UInt8(ascii: "{")
    for (key, value) in object {
      out.append(separator)
      separator = UInt8(ascii: ",")
      JSON.append(key, to: &out)
      out.append(UInt8(ascii: ":"))
      appendValue(key, value, &out)
    }
    if object.isEmpty { out.append(separator) }
    out.append(UInt8(ascii: "}"))
  }
}
