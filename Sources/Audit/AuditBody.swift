import Schema
import Values

/// An object as it came or went: kept as it was at hand, made JSON only when an event is written.
public enum AuditBody: Sendable {
  /// The formats of bodies.
  public enum Encoding: Sendable {
    case json, yaml, protobuf
  }

  case value(Value)
  case bytes([UInt8], Encoding)

  /// The object; nil where the bytes can't be read.
  var value: Value? {
    switch self {
    case .value(let value): value
    case .bytes(let bytes, .json): try? JSON.parse(bytes)
    case .bytes(let bytes, .yaml): try? YAML.parse(bytes)
    case .bytes(let bytes, .protobuf): try? KubernetesProtobuf.decode(bytes)
    }
  }

  /// The Status that the body is; nil for any other object. Looks before it reads: most bodies are none.
  var status: Value? {
    switch self {
    case .value: break
    case .bytes(let bytes, .json):
      guard Self.begins(bytes, #"{"kind":"Status""#) || Self.begins(bytes, "{\n  \"kind\": \"Status\"") else {
        return nil
      }
    case .bytes(let bytes, _): guard bytes.count <= Self.largestStatus else { return nil }
    }
    guard let value, value["kind"]?.string == "Status", value["apiVersion"]?.string == "v1" else {
      return nil
    }
    return value
  }

  /// A Status that isn't JSON is only looked for in bodies up to this size.
  private static let largestStatus = 64 << 10

  /// Appends the object as compact JSON; `null` where it can't be read.
  func append(to out: inout [UInt8], omittingManagedFields omits: Bool) {
    if case .bytes(let bytes, .json) = self, !omits, let compact = Self.compact(bytes) {
      out.append(contentsOf: compact)
      return
    }
    var object = value ?? .null
    if omits { Self.dropManagedFields(&object) }
    JSON.append(object, to: &out)
  }

  /// The bytes without the end of line, where they are the server's own compact JSON.
  private static func compact(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var slice = bytes[...]
    if slice.last == UInt8(ascii: "\n") { slice.removeLast() }
    guard slice.first == UInt8(ascii: "{"), slice.last == UInt8(ascii: "}") else { return nil }
    // Indented JSON, and whatever a client sent, has its ends of lines; in strings they are escaped.
    return slice.contains { $0 == 0x0A || $0 == 0x0D } ? nil : slice
  }

  /// Removes `metadata.managedFields` of an object, of a list's items and of a table's rows.
  static func dropManagedFields(_ object: inout Value) {
    if object["metadata"]?["managedFields"] != nil { object["metadata"]?["managedFields"] = nil }
    if case .array(var items)? = object["items"] {
      for index in items.indices { items[index]["metadata"]?["managedFields"] = nil }
      object["items"] = .array(items)
    }
    if object["kind"]?.string == "Table", case .array(var rows)? = object["rows"] {
      for index in rows.indices { rows[index]["object"]?["metadata"]?["managedFields"] = nil }
      object["rows"] = .array(rows)
    }
  }

  private static func begins(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes.starts(with: $0) }
  }
}
