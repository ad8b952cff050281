import Values

/// What the published schemas leave unsaid about the Go types of the API, from the table `defaults.json`.
struct TypeTraits: Sendable {
  /// Fields that are pointers to scalars, so that an explicit zero is kept.
  let pointers: Set<String>
  /// Fields without `omitempty`, and what is printed where they hold nothing.
  let printed: Object
  /// Fields that are left out where they hold the zero value, though the schema gives it as their default.
  let omitted: Set<String>
  /// Fields that hold a schema like the one they are in, a list of such, or a boolean.
  let schemas: Set<String>
  /// Go types of fields that have a type of their own.
  let goTypes: Object
  /// Values that absent fields get.
  let defaults: Object

  private static let table = ResourceData.defaults.parsed()
  private static let pointerTable = section("pointers")
  private static let printedTable = section("printed")
  private static let omittedTable = section("omitted")
  private static let schemaTable = section("schemas")
  private static let goTypeTable = section("goTypes")
  private static let defaultTable = section("defaults")

  /// The traits of a type, given by its OpenAPI name.
  init(typeName: String) {
    let key = Self.key(typeName)
    pointers = Self.words(Self.pointerTable[key])
    printed = Self.printedTable[key]?.object ?? [:]
    omitted = Self.words(Self.omittedTable[key])
    schemas = Self.words(Self.schemaTable[key])
    goTypes = Self.goTypeTable[key]?.object ?? [:]
    defaults = Self.defaultTable[key]?.object ?? [:]
  }

  static func section(_ name: String) -> Object { table[name]?.object ?? [:] }

  /// `core.PodSpec` of `io.k8s.api.core.v1.PodSpec`: the package and the type, whatever the version.
  static func key(_ typeName: String) -> String {
    var parts = typeName.split(separator: ".")
    guard let type = parts.popLast() else { return typeName }
    while let last = parts.last, isVersion(last) { parts.removeLast() }
    return "\(parts.last ?? "").\(type)"
  }

  /// Whether the text is like `v1` or `v1beta1`.
  static func isVersion(_ text: Substring) -> Bool {
    let bytes = text.utf8
    guard bytes.first == UInt8(ascii: "v"), let second = bytes.dropFirst().first else { return false }
    return second >= UInt8(ascii: "0") && second <= UInt8(ascii: "9")
  }

  private static func words(_ value: Value?) -> Set<String> {
    Set((value?.string ?? "").split(separator: " ").map(String.init))
  }
}
