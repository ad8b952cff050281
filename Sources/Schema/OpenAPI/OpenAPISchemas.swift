import Values

/// The schemas of the components: the bytes of the built-in ones as they are shipped, without a tree for
/// them, and those that custom resources bring.
struct OpenAPISchemas: Sendable {
  static let reference = "#/components/schemas/"

  /// Where each built-in schema stands in the table.
  private static let ranges: [String: Range<Int>] = ranges(of: ResourceData.schemas.bytes)
  /// Types that are kinds in every group version.
  static let sharedTypes: Set<String> = [
    OpenAPINames.meta + "DeleteOptions", OpenAPINames.meta + "WatchEvent",
  ]

  /// The schemas of custom resources, by name.
  let custom: [String: Value]

  /// The names of the types that these refer to, directly or not, and their own; in order.
  func reachable(from names: some Sequence<String>) -> [String] {
    var found: Set<String> = []
    var left = Array(names)
    while let name = left.popLast() {
      guard found.insert(name).inserted else { continue }
      left += references(in: name)
    }
    return found.filter { custom[$0] != nil || Self.ranges[$0] != nil }.sorted()
  }

  /// All names, in order.
  var names: [String] { (Array(Self.ranges.keys) + custom.keys).sorted() }

  /// The schema's JSON text, appended.
  /// - Parameter kinds: the group versions that a shared type is a kind of.
  func append(_ name: String, kinds: [GroupVersion], to out: inout [UInt8]) {
    if custom[name] != nil || Self.sharedTypes.contains(name) {
      JSON.append(value(name, kinds: kinds), to: &out)
    } else if let range = Self.ranges[name] {
      out.append(contentsOf: ResourceData.schemas.bytes[range])
    }
  }

  /// The schema as a value.
  func value(_ name: String, kinds: [GroupVersion]) -> Value {
    if let schema = custom[name] { return schema }
    guard let range = Self.ranges[name],
      var schema = try? JSON.parse(UnsafeBufferPointer(rebasing: ResourceData.schemas.bytes[range]))
    else { return [:] }
    if Self.sharedTypes.contains(name) {
      let short = String(name.split(separator: ".").last ?? "")
      schema["x-kubernetes-group-version-kind"] = .array(kinds.map { Self.extensionValue($0.kind(short)) })
    }
    return schema
  }

  /// A kind as `x-kubernetes-group-version-kind` writes it.
  static func extensionValue(_ kind: GroupVersionKind) -> Value {
    ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
  }

  private func references(in name: String) -> [String] {
    if let schema = custom[name] { return Self.references(in: JSON.encode(schema)[...]) }
    guard let range = Self.ranges[name] else { return [] }
    return Self.references(in: ResourceData.schemas.bytes[range])
  }

  /// The names behind each `"$ref":"#/components/schemas/…"`.
  private static func references<Bytes: RandomAccessCollection<UInt8>>(in text: Bytes) -> [String]
  where Bytes.Index == Int {
    let mark = Array(reference.utf8)
    var names: [String] = []
    var at = text.startIndex
    while at < text.endIndex {
      guard text[at] == mark[0], text[at...].starts(with: mark) else {
        at += 1
        continue
      }
      let name = text[(at + mark.count)...].prefix { $0 != UInt8(ascii: "\"") }
      names.append(String(decoding: name, as: UTF8.self))
      at = name.endIndex
    }
    return names
  }

  /// The ranges of the members of a JSON object, which the table is known to be: strings are skipped, and
  /// brackets counted.
  private static func ranges(of text: UnsafeBufferPointer<UInt8>) -> [String: Range<Int>] {
    var ranges: [String: Range<Int>] = [:]
    var depth = 0
    var name = ""
    var start: Int?
    var at = 0
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "\""):
        let begin = at + 1
        at = begin
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        if depth == 1, start == nil {
          name = String(decoding: text[begin..<min(at, text.count)], as: UTF8.self)
        }
      case UInt8(ascii: ":"): if depth == 1, start == nil { start = at + 1 }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 1, let begin = start {
          ranges[name] = begin..<at + 1
          start = nil
        }
      default: break
      }
      at += 1
    }
    return ranges
  }
}
