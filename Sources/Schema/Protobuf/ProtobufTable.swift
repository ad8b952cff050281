import Values

/// What a field or an entry of a map is on the wire.
enum ProtobufType: Sendable {
  case string, bytes, bool, int32, int64, double
  /// A message of fields.
  case message(ProtobufMessage.Reference)
  /// A message that JSON writes as something else than an object of its fields.
  case special(ProtobufSpecial)
}

/// A field of a message.
struct ProtobufField: Sendable {
  enum Arrangement: Sendable {
    case single
    case repeated
    /// A map from strings.
    case map
    /// A message whose fields JSON has in the parent (Go's `json:",inline"`).
    case inlined
  }

  var number: Int
  /// The name in JSON.
  var name: String
  var type: ProtobufType
  var arrangement: Arrangement
}

/// A message type: its fields by number.
final class ProtobufMessage: Sendable {
  /// A message by its place in the table, since messages may contain themselves.
  struct Reference: Sendable {
    var index: Int
  }

  let name: String
  /// In the order of their numbers, in which they are written.
  let fields: [ProtobufField]
  /// The places in ``fields``, by number; -1 where there is no field.
  private let places: [Int8]

  init(name: String, fields: [ProtobufField]) {
    self.name = name
    self.fields = fields.sorted { $0.number < $1.number }
    var places = [Int8](repeating: -1, count: (self.fields.last?.number ?? 0) + 1)
    for (place, field) in self.fields.enumerated() { places[field.number] = Int8(place) }
    self.places = places
  }

  func field(_ number: UInt64) -> ProtobufField? {
    guard number < UInt64(places.count), places[Int(number)] >= 0 else { return nil }
    return fields[Int(places[Int(number)])]
  }
}

/// The messages of the built-in kinds.
final class ProtobufTable: Sendable {
  /// Read from the shipped table at the first use.
  static let builtIn = ProtobufTable(ResourceData.protobuf.parsed())

  /// What precedes a field's type in the table.
  private static let marks: [(String, ProtobufField.Arrangement)] = [
    ("[]", .repeated), ("map ", .map), ("&", .inlined),
  ]
  private static let metaPackage = "k8s.io.apimachinery.pkg.apis.meta.v1"
  /// Kinds that every group version has.
  private static let commonKinds: Set<String> = [
    "CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions",
    "WatchEvent",
  ]
  /// Kinds of the core version that the machinery defines.
  private static let metaKinds: Set<String> = [
    "APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "List", "Status",
  ]

  private let messages: [ProtobufMessage]
  private let indices: [String: Int]
  private let packages: [String: String]

  /// - Parameter table: `packages` by apiVersion, and messages by name, each with its fields by JSON name as
  ///   `NUMBER TYPE`.
  init(_ table: Object) {
    let names = table.keys.filter { $0 != "packages" }
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    messages = names.map { name in
      let package = String(name.dropLast(Self.shortName(name).count + 1))
      let fields = (table[name]?.object ?? [:]).compactMap { field in
        Self.field(name: field.key, entry: field.value.string ?? "", package: package, indices: indices)
      }
      return ProtobufMessage(name: name, fields: fields)
    }
    self.indices = indices
    packages = (table["packages"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string }
  }

  subscript(reference: ProtobufMessage.Reference) -> ProtobufMessage { messages[reference.index] }

  /// The message of a kind's objects, or nil.
  func message(of kind: GroupVersionKind) -> ProtobufMessage? {
    guard let package = packages[kind.apiVersion] else { return nil }
    if let index = indices["\(package).\(kind.kind)"] { return messages[index] }
    guard Self.commonKinds.contains(kind.kind) || kind.group.isEmpty && Self.metaKinds.contains(kind.kind)
    else { return nil }
    return indices["\(Self.metaPackage).\(kind.kind)"].map { messages[$0] }
  }

  func message(named name: String) -> ProtobufMessage? { indices[name].map { messages[$0] } }

  private static func field(
    name: String, entry: String, package: String, indices: [String: Int]
  ) -> ProtobufField? {
    guard let space = entry.firstIndex(of: " "), let number = Int(entry[..<space]), number > 0 else {
      return nil
    }
    var type = entry[entry.index(after: space)...]
    var arrangement = ProtobufField.Arrangement.single
    for (mark, meaning) in marks where type.hasPrefix(mark) {
      type = type.dropFirst(mark.count)
      arrangement = meaning
    }
    return Self.type(String(type), package: package, indices: indices).map {
      ProtobufField(number: number, name: name, type: $0, arrangement: arrangement)
    }
  }

  private static func type(_ name: String, package: String, indices: [String: Int]) -> ProtobufType? {
    switch name {
    case "string": return .string
    case "bytes": return .bytes
    case "bool": return .bool
    case "int32": return .int32
    case "int64": return .int64
    case "double": return .double
    default:
      if let special = ProtobufSpecial(message: shortName(name)) { return .special(special) }
      let index = indices[name.contains(".") ? name : "\(package).\(name)"]
      return index.map { .message(ProtobufMessage.Reference(index: $0)) }
    }
  }

  private static func shortName(_ name: String) -> String {
    String(name[(name.lastIndex(of: ".").map(name.index(after:)) ?? name.startIndex)...])
  }
}
