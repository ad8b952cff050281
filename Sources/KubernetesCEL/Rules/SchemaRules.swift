import Schema
import Synchronization
import Values

/// The rules of a schema and of all schemas in it, compiled once.
public final class SchemaRules: Sendable {
  let schema: StructuralSchema
  let shape: SchemaShape?
  let rules: [CompiledRule]
  let items: SchemaRules?
  let properties: [String: SchemaRules]
  let entries: SchemaRules?
  /// Some rule here compares with the value before a change.
  let usesOldSelf: Bool

  /// - Returns: nil where there are no rules.
  public convenience init?(_ schema: StructuralSchema) {
    guard schema.hasRules else { return nil }
    self.init(RuleScope(root: schema))
  }

  /// The rules of a part of a schema.
  /// - Returns: nil where there are no rules.
  public convenience init?(part schema: StructuralSchema) {
    guard schema.hasRules else { return nil }
    self.init(RuleScope(alone: schema))
  }

  private init?(_ scope: RuleScope) {
    guard scope.schema.hasRules else { return nil }
    schema = scope.schema
    shape = scope.shape
    rules = scope.compile() ?? []
    usesOldSelf = rules.contains(where: \.usesOldSelf)
    items = scope.items.flatMap { SchemaRules($0) }
    entries = scope.entries.flatMap { SchemaRules($0) }
    var properties: [String: SchemaRules] = [:]
    for (key, property) in scope.schema.properties where property.hasRules {
      properties[key] = scope.property(key).flatMap { SchemaRules($0) }
    }
    self.properties = properties
  }
}

/// The rules of a schema, compiled when they are first asked for.
public final class LazySchemaRules: Sendable {
  private let schema: StructuralSchema
  private let compiled = Mutex<SchemaRules??>(nil)

  public init(_ schema: StructuralSchema) { self.schema = schema }

  /// Nil where there are none.
  public var rules: SchemaRules? {
    guard schema.hasRules else { return nil }
    return compiled.withLock { compiled in
      if let compiled { return compiled }
      let rules = SchemaRules(schema)
      compiled = .some(rules)
      return rules
    }
  }
}
