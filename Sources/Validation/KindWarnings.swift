import Schema
import Values

/// Warnings about objects that are accepted.
enum KindWarnings {
  static func warnings(for new: Field, old: Value?, _ resource: APIResource) -> [String] { [] }
}
