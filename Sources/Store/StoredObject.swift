import Values

/// One version of an object, as it was committed. It never changes.
public final class StoredObject: Sendable {
  public let key: ObjectKey
  /// The object in the storage version of its kind: `kind`, `apiVersion`, `metadata`, then the rest.
  /// `metadata.resourceVersion` is ``revision`` in decimal digits.
  public let value: Value
  /// The compact JSON text of ``value``.
  public let bytes: [UInt8]
  /// The store's revision that the write made: of the creation, of an update, or of the deletion.
  public let revision: UInt64

  init(key: ObjectKey, value: Value, bytes: [UInt8], revision: UInt64) {
    self.key = key
    self.value = value
    self.bytes = bytes
    self.revision = revision
  }
}
