import CEL
import Schema

/// How large values of a schema may be: by its own limits, else by what fits into a request
/// (k8s.io/apiserver/pkg/cel, limits and common, schemas). What rules are estimated to cost depends on it.
struct SchemaSize {
  /// The most elements, entries, characters or bytes.
  var elements: UInt64 = 0
  /// The fewest bytes as JSON.
  var minimum: Int64 = 0

  static let number: Int64 = 1
  static let bool: Int64 = 4
  /// An empty text.
  static let quotes: Int64 = 2
  /// An empty list or object.
  static let brackets: Int64 = 2
  /// Quotes, colon and comma of a member.
  static let memberOverhead: Int64 = 4

  private static let request = Int64(KubernetesCEL.Limits.request)

  static let duration = SchemaSize(elements: 32, minimum: 3)
  static let date = SchemaSize(elements: 12, minimum: 12)
  static let dateTime = SchemaSize(elements: 32, minimum: 21)

  /// A text, counted in bytes: a character has up to four.
  static func text(minimum: Int64, _ schema: StructuralSchema) -> SchemaSize {
    if let limit = schema.maxLength { return limited(limit, times: 4, minimum: minimum) }
    let choices = schema.isIntOrString ? [] : schema.enumeration
    let longest = choices.lazy.map { $0.string?.utf8.count ?? 0 }.max().map(Int64.init)
    return limited(longest ?? request - quotes, minimum: minimum)
  }

  static func bytes(_ schema: StructuralSchema) -> SchemaSize {
    limited(schema.maxLength ?? request - quotes, minimum: quotes)
  }

  /// - Parameter size: the fewest bytes of an element.
  static func list(of size: Int64, limit: Int64?) -> SchemaSize {
    limited(limit ?? (request - brackets) / (size + 1), minimum: brackets)
  }

  /// - Parameter size: the fewest bytes of an entry's value.
  static func map(of size: Int64, limit: Int64?) -> SchemaSize {
    limited(limit ?? (request - brackets) / (size + 6), minimum: brackets)
  }

  private static func limited(_ limit: Int64, times factor: UInt64 = 1, minimum: Int64) -> SchemaSize {
    SchemaSize(elements: UInt64(max(0, limit)).saturatingMultiply(factor), minimum: minimum)
  }
}

extension SchemaShape {
  /// How large the value at a place may be.
  /// - Parameter path: a variable, which stands for this shape, then fields, `@items`, `@values` or `@keys`.
  /// - Returns: nil where the place is not in the schema.
  func size(at path: [String]) -> SizeEstimate? {
    guard !path.isEmpty else { return nil }
    var here = self
    for (index, step) in path.enumerated().dropFirst() {
      switch step {
      case "@items", "@values":
        guard let elements = here.elements else { return nil }
        here = elements
      case "@keys":
        guard case .map = here.content else { return nil }
        // Keys have no limit of their own; the real server takes their size for nothing.
        return index == path.count - 1 ? SizeEstimate(min: 0, max: 0) : nil
      default:
        guard let field = here.fields[step] else { return nil }
        here = field.shape
      }
    }
    return SizeEstimate(min: 0, max: here.maxElements)
  }

  /// How often values of the schema fit into a request, where nothing else limits them.
  var worstCardinality: UInt64 { KubernetesCEL.Limits.request / UInt64(max(0, minSerializedSize) + 1) }
}
