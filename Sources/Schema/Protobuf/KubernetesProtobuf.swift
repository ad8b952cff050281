import Values

/// Objects in `application/vnd.kubernetes.protobuf` (Kubernetes API concepts, "Kubernetes Protobuf
/// encoding"): four bytes of magic, then a message with the kind and the object's own message.
public enum KubernetesProtobuf {
  /// The media type of a single object.
  public static let mediaType = "application/vnd.kubernetes.protobuf"

  static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

  /// Whether objects of the kind have a protobuf form. Custom resources have none, and Table has none.
  public static func supports(kind: GroupVersionKind) -> Bool {
    ProtobufTable.builtIn.message(of: kind) != nil
  }

  /// The bytes of an object, its kind as its apiVersion and kind say. The same object gives the same bytes.
  ///
  /// What the object has is written, zero or not, and nothing else. Go writes every field that is no pointer
  /// besides, as zero, which to a reader is the same as a field that is missing.
  /// - Throws: ``ProtobufError`` for a kind that has no protobuf form, or a member of another type than its
  ///   field. Members that the kind lacks are left out.
  public static func encode(_ object: Value) throws(ProtobufError) -> [UInt8] {
    var encoder = ProtobufEncoder(table: .builtIn)
    try encoder.object(object)
    return encoder.writer.bytes
  }

  /// The object in the bytes, as the JSON form of it would be read, except that zero values are there which
  /// JSON leaves out.
  /// - Parameter kind: what the object is where the bytes don't say.
  /// - Throws: ``ProtobufError``.
  public static func decode(
    _ bytes: [UInt8], defaultKind kind: GroupVersionKind? = nil
  ) throws(ProtobufError) -> Value {
    let result = bytes.withUnsafeBytes { buffer -> Result<Value, ProtobufError> in
      var decoder = ProtobufDecoder(table: .builtIn)
      do throws(ProtobufError) {
        return .success(try decoder.object(buffer, default: kind))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// One event of a watch, framed: its length in four bytes, big-endian, and a metav1.WatchEvent without
  /// magic, whose object is as ``encode(_:)`` makes it.
  /// - Parameter type: `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
  public static func encodeWatchEvent(type: String, object: Value) throws(ProtobufError) -> [UInt8] {
    encodeWatchEvent(type: type, encoded: try encode(object))
  }

  /// The event with an object that is encoded already.
  public static func encodeWatchEvent(type: String, encoded object: [UInt8]) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.bytes.reserveCapacity(object.count + 64)
    writer.bytes = [0, 0, 0, 0]
    writer.string(1, type)
    let raw = writer.begin(2)
    writer.bytes(1, object)
    writer.end(raw)
    let length = UInt32(truncatingIfNeeded: writer.bytes.count - 4)
    for place in 0..<4 { writer.bytes[place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(place))) }
    return writer.bytes
  }
}

// MARK: - The envelope: runtime.Unknown

extension ProtobufEncoder {
  /// Writes the magic and the envelope of an object.
  mutating func object(_ object: Value) throws(ProtobufError) {
    guard let members = object.object, let apiVersion = members["apiVersion"]?.string,
      let kind = members["kind"]?.string
    else { throw ProtobufError("Object 'Kind' is missing") }
    guard let groupVersion = GroupVersion(apiVersion: apiVersion),
      let message = table.message(of: groupVersion.kind(kind))
    else { throw ProtobufDecoder.unknown(kind, apiVersion) }
    writer.bytes += KubernetesProtobuf.magic
    let typeMeta = writer.begin(1)
    writer.string(1, apiVersion)
    writer.string(2, kind)
    writer.end(typeMeta)
    let raw = writer.begin(2)
    try fields(of: message, members)
    writer.end(raw)
    // contentEncoding and contentType, which no one uses.
    writer.string(3, "")
    writer.string(4, "")
  }
}

extension ProtobufDecoder {
  static func unknown(_ kind: String, _ apiVersion: String) -> ProtobufError {
    var error = ProtobufError(
      "no kind \(FieldError.quoted(kind)) is registered for version \(FieldError.quoted(apiVersion))")
    error.isUnknownKind = true
    return error
  }

  /// Reads the magic, the envelope and the object in it.
  mutating func object(
    _ bytes: UnsafeRawBufferPointer, default kind: GroupVersionKind?
  ) throws(ProtobufError) -> Value {
    guard bytes.starts(with: KubernetesProtobuf.magic) else {
      throw ProtobufError(
        bytes.isEmpty
          ? "empty data"
          : "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    }
    guard bytes.count > KubernetesProtobuf.magic.count else { throw ProtobufError("empty body") }
    var apiVersion = ""
    var kindName = ""
    var raw = UnsafeRawBufferPointer(start: nil, count: 0)
    var reader = ProtobufReader(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(4)))
    while !reader.isAtEnd {
      switch try reader.tag() {
      case (1, .lengthDelimited):
        var typeMeta = ProtobufReader(try reader.content())
        while !typeMeta.isAtEnd {
          switch try typeMeta.tag() {
          case (1, .lengthDelimited): apiVersion = String(decoding: try typeMeta.content(), as: UTF8.self)
          case (2, .lengthDelimited): kindName = String(decoding: try typeMeta.content(), as: UTF8.self)
          case (_, let wireType): try typeMeta.skip(wireType)
          }
        }
      case (2, .lengthDelimited): raw = try reader.content()
      case (3, .lengthDelimited):
        guard try reader.content().isEmpty else {
          throw ProtobufError("content encodings are not supported")
        }
      case (_, let wireType): try reader.skip(wireType)
      }
    }
    if let kind, apiVersion.isEmpty { apiVersion = kind.apiVersion }
    if let kind, kindName.isEmpty { kindName = kind.kind }
    guard !kindName.isEmpty else { throw ProtobufError("Object 'Kind' is missing") }
    guard !apiVersion.isEmpty else { throw ProtobufError("Object 'apiVersion' is missing") }
    guard let named = GroupVersion(apiVersion: apiVersion)?.kind(kindName) else {
      throw Self.unknown(kindName, apiVersion)
    }
    var object: Object = ["apiVersion": .string(apiVersion), "kind": .string(kindName)]
    do throws(ProtobufError) {
      guard let message = table.message(of: named) else { throw Self.unknown(kindName, apiVersion) }
      try fields(of: message, raw, into: &object)
    } catch {
      var error = error
      error.kind = named
      throw error
    }
    return .object(object)
  }
}
