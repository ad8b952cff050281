import Values

/// What the registry does with the objects of a kind when they are written, as data.
struct StrategyTable: Sendable {
  /// Whether the kind has a status that only its subresource may change.
  let hasStatus: Bool
  /// The status that a new object gets, over the type's zero values; nil where a client may set it.
  let initialStatus: Object?
  /// Paths whose change makes a new generation; nil for kinds without generations.
  let generation: [[String]]?
  /// A status update changes no labels.
  let statusKeepsLabels: Bool
  /// A status update changes no metadata that belongs to users.
  let statusKeepsMetadata: Bool
  /// The spec stays what it was made with.
  let hasImmutableSpec: Bool

  private static let table: [String: StrategyTable] = {
    let entries = TypeTraits.section("strategies").map { ($0.key, StrategyTable($0.value)) }
    return Dictionary(entries, uniquingKeysWith: { $1 })
  }()

  private static let none = StrategyTable([:])

  static func of(_ kind: GroupVersionKind) -> StrategyTable { table["\(kind.group)/\(kind.kind)"] ?? none }

  private init(_ entry: Value) {
    hasStatus = entry["status"] != nil
    initialStatus = entry["status"]?.object
    generation = entry["generation"]?.strings.map { $0.split(separator: ".").map(String.init) }
    statusKeepsLabels = entry["statusKeepsLabels"]?.bool ?? false
    statusKeepsMetadata = entry["statusKeepsMetadata"]?.bool ?? false
    hasImmutableSpec = entry["immutableSpec"]?.bool ?? false
  }
}
