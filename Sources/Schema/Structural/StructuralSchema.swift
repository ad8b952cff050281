import Values

/// One node of a structural schema: the `openAPIV3Schema` of a CustomResourceDefinition's version, read once
/// (Kubernetes documentation, "Specifying a structural schema").
///
/// From it come the types by which objects are pruned, defaulted and merged, and the findings of validation.
public final class StructuralSchema: Sendable {
  /// What an object may hold besides its properties.
  enum AdditionalProperties: Sendable {
    case unspecified
    case allowed
    case forbidden
    case schema(StructuralSchema)
  }

  /// Schemas inside each other; what is deeper is not read, and so allows anything.
  static let depthLimit = 200

  /// The names of the types that are allowed; empty for any. Two for `x-kubernetes-int-or-string`.
  public let types: [String]
  public let format: String
  public let isNullable: Bool
  public let isIntOrString: Bool
  /// `x-kubernetes-embedded-resource`: has apiVersion, kind and metadata of its own.
  public let isEmbeddedResource: Bool
  public let preservesUnknownFields: Bool
  public let listType: String
  public let listMapKeys: [String]
  public let mapType: String
  public let defaultValue: Value?
  public let enumeration: [Value]
  let numbers: NumberLimits
  let text: TextLimits
  let minItems: Int64?
  public let maxItems: Int64?
  let minProperties: Int64?
  public let maxProperties: Int64?
  public let items: StructuralSchema?
  public let properties: [String: StructuralSchema]
  let additionalProperties: AdditionalProperties
  public let required: [String]
  let allOf: [StructuralSchema]
  let anyOf: [StructuralSchema]
  let oneOf: [StructuralSchema]
  let not: StructuralSchema?
  /// `x-kubernetes-validations`, as they stand in the schema.
  public let rules: [Value]
  /// Whether this schema or one inside it is of an embedded resource.
  let hasEmbeddedResources: Bool
  /// Whether this schema or one inside it has rules.
  public let hasRules: Bool

  /// Limits of numbers.
  struct NumberLimits: Sendable {
    var minimum: Double?
    var maximum: Double?
    var isMinimumExclusive = false
    var isMaximumExclusive = false
    var multipleOf: Double?

    var isEmpty: Bool { minimum == nil && maximum == nil && multipleOf == nil }
  }

  /// Limits of texts.
  struct TextLimits: Sendable {
    var minLength: Int64?
    var maxLength: Int64?
    var pattern = ""
    /// Nil where there is no pattern, or one that can't be read.
    var expression: RegularExpression?
  }

  /// - Parameter schema: an object in the form of JSONSchemaProps. What is not understood is left out: the
  ///   definition has been validated.
  public convenience init(_ schema: Value) { self.init(schema, depth: 0) }

  private init(_ schema: Value, depth: Int) {
    func flag(_ name: String) -> Bool { schema[name]?.bool ?? false }
    func child(_ value: Value) -> StructuralSchema { StructuralSchema(value, depth: depth + 1) }
    func children(_ name: String) -> [StructuralSchema] {
      depth < Self.depthLimit ? (schema[name]?.array ?? []).map(child) : []
    }
    isIntOrString = flag("x-kubernetes-int-or-string")
    let type = schema["type"]?.string ?? ""
    types = isIntOrString ? ["integer", "string"] : type.isEmpty ? [] : [type]
    format = StringFormats.supported(schema["format"]?.string ?? "", type: type)
    isNullable = flag("nullable")
    isEmbeddedResource = flag("x-kubernetes-embedded-resource")
    preservesUnknownFields = flag("x-kubernetes-preserve-unknown-fields")
    listType = schema["x-kubernetes-list-type"]?.string ?? ""
    listMapKeys = schema["x-kubernetes-list-map-keys"]?.strings ?? []
    mapType = schema["x-kubernetes-map-type"]?.string ?? ""
    defaultValue = schema["default"]
    enumeration = schema["enum"]?.array ?? []
    numbers = NumberLimits(
      minimum: schema["minimum"]?.number, maximum: schema["maximum"]?.number,
      isMinimumExclusive: flag("exclusiveMinimum"), isMaximumExclusive: flag("exclusiveMaximum"),
      multipleOf: schema["multipleOf"]?.number)
    let pattern = schema["pattern"]?.string ?? ""
    text = TextLimits(
      minLength: schema["minLength"]?.int, maxLength: schema["maxLength"]?.int, pattern: pattern,
      expression: pattern.isEmpty ? nil : try? RegularExpression(pattern))
    minItems = schema["minItems"]?.int
    maxItems = schema["maxItems"]?.int
    minProperties = schema["minProperties"]?.int
    maxProperties = schema["maxProperties"]?.int
    required = schema["required"]?.strings ?? []
    rules = schema["x-kubernetes-validations"]?.array ?? []
    let isDeep = depth >= Self.depthLimit
    items = isDeep ? nil : schema["items"].flatMap { $0.object == nil ? nil : child($0) }
    var properties: [String: StructuralSchema] = [:]
    if !isDeep {
      for (name, value) in schema["properties"]?.object ?? [:] { properties[name] = child(value) }
    }
    self.properties = properties
    switch schema["additionalProperties"] {
    case .bool(true): additionalProperties = .allowed
    case .bool(false): additionalProperties = .forbidden
    case .object(let object) where !isDeep: additionalProperties = .schema(child(.object(object)))
    default: additionalProperties = .unspecified
    }
    allOf = children("allOf")
    anyOf = children("anyOf")
    oneOf = children("oneOf")
    not = isDeep ? nil : schema["not"].flatMap { $0.object == nil ? nil : child($0) }
    var inner = Array(properties.values) + [items].compactMap(\.self)
    if case .schema(let entries) = additionalProperties { inner.append(entries) }
    hasRules = !rules.isEmpty || inner.contains(where: \.hasRules)
    hasEmbeddedResources = isEmbeddedResource || inner.contains(where: \.hasEmbeddedResources)
  }

  /// The schema of all entries of a map; nil where there is none.
  public var entries: StructuralSchema? {
    if case .schema(let entries) = additionalProperties { entries } else { nil }
  }

  /// The type as it is written in the schema; empty for `x-kubernetes-int-or-string` and where there is none.
  public var type: String { isIntOrString ? "" : types.first ?? "" }

  /// The most characters of a text; nil where there is no limit.
  public var maxLength: Int64? { text.maxLength }

  /// The schema of a property, such as `status`; nil where there is none.
  public func property(_ name: String) -> StructuralSchema? { properties[name] }
}
