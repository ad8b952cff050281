import CEL
import Schema

/// A place in a schema as the rules of that place see it.
public struct RuleScope: Sendable {
  public let schema: StructuralSchema
  /// The value is an object with apiVersion, kind and metadata.
  private let isResourceRoot: Bool
  /// Nil where expressions can't see the place from above.
  private let inherited: (shape: SchemaShape, types: SchemaTypes)?

  /// The schema of a custom resource.
  public init(root schema: StructuralSchema) { self.init(schema, isResourceRoot: true) }

  /// A schema by itself, whatever is around it.
  init(alone schema: StructuralSchema) {
    self.init(schema, isResourceRoot: schema.isEmbeddedResource)
  }

  private init(_ schema: StructuralSchema, isResourceRoot: Bool) {
    self.schema = schema
    self.isResourceRoot = isResourceRoot
    inherited = SchemaShape(schema, isResourceRoot: isResourceRoot, name: "selfType").map {
      ($0, SchemaTypes($0))
    }
  }

  private init(_ schema: StructuralSchema, _ shape: SchemaShape, _ types: SchemaTypes) {
    self.schema = schema
    isResourceRoot = schema.isEmbeddedResource
    inherited = (shape, types)
  }

  /// The shape of the place; nil where nothing is known of its type, so that rules have no `self`.
  public var shape: SchemaShape? { inherited?.shape }

  private func below(_ schema: StructuralSchema, _ shape: SchemaShape?) -> RuleScope {
    guard let shape, let types = inherited?.types else {
      return RuleScope(schema, isResourceRoot: schema.isEmbeddedResource)
    }
    return RuleScope(schema, shape, types)
  }

  public func property(_ key: String) -> RuleScope? {
    guard let property = schema.properties[key] else { return nil }
    return below(property, FieldNames.escaped(key).flatMap { shape?.fields[$0]?.shape })
  }

  public var items: RuleScope? { schema.items.map { below($0, shape?.elements) } }
  public var entries: RuleScope? { schema.entries.map { below($0, shape?.elements) } }

  /// How often values of the place fit into a request, where no limit of a list or map around it says less.
  public var worstCardinality: UInt64 { shape?.worstCardinality ?? 0 }

  /// Compiles the rules of the place.
  /// - Returns: one result a rule, in their order; nil where there are rules but nothing that they could see.
  public func compile() -> [CompiledRule]? {
    let rules = schema.rules.map(ValidationRule.init)
    if rules.isEmpty { return [] }
    guard let inherited else { return nil }
    var environment = KubernetesCEL.base
    environment.add(inherited.types)
    environment.declare("self", inherited.shape.type)
    var optional = environment
    environment.declare("oldSelf", inherited.shape.type)
    optional.declare("oldSelf", .optional(inherited.shape.type))
    return rules.map {
      CompiledRule($0, self, inherited.shape, $0.optionalOldSelf == true ? optional : environment)
    }
  }
}
