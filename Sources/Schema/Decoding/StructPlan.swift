import Synchronization
import Values

/// How one Go struct is decoded and printed: made once a type, then shared.
final class StructPlan: Sendable {
  /// The type, kept alive so that its identity stays a valid key.
  let type: ObjectType
  /// `PodSpec`, as Go error messages name the struct.
  let name: String
  /// `v1.PodSpec`.
  let goName: String
  let fields: [FieldPlan]
  /// Indices of fields that are printed even where the input has none.
  let printed: [Int]
  /// True for kinds, whose apiVersion, kind and metadata come first.
  let isKind: Bool
  private let index: [String: Int]
  private let zeroValue = AtomicLazyReference<ValueBox>()

  init(_ type: ObjectType) {
    self.type = type
    name = type.shortName
    goName = GoTypeName.of(type.name)
    isKind = !type.kinds.isEmpty && type.fields["metadata"] != nil
    let traits = TypeTraits(typeName: type.name)
    let owner = TypeReference(type)
    let fields = type.fields.sorted { $0.key < $1.key }.map { name, type in
      FieldPlan(name: name, type: type, traits: traits, owner: owner)
    }
    self.fields = fields
    index = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($1.name, $0) })
    printed = fields.indices.filter { fields[$0].isAlwaysPrinted }
  }

  func field(_ name: String) -> FieldPlan? { index[name].map { fields[$0] } }

  /// What a struct prints to which nothing was assigned.
  var zero: Value {
    if let known = zeroValue.load() { return known.value }
    var object = Object()
    for i in printed { object[fields[i].name] = fields[i].absent }
    return zeroValue.storeIfNil(ValueBox(.object(object))).value
  }

  private static let cache = Mutex<[ObjectIdentifier: StructPlan]>([:])
  /// Built-in types are fewer; beyond it the cache starts anew.
  private static let cacheLimit = 4_096

  /// The plan of a type.
  static func of(_ type: ObjectType) -> StructPlan {
    let id = ObjectIdentifier(type)
    if let known = cache.withLock({ $0[id] }) { return known }
    let plan = StructPlan(type)
    return cache.withLock { plans in
      if let known = plans[id] { return known }
      if plans.count >= cacheLimit { plans.removeAll() }
      plans[id] = plan
      return plan
    }
  }
}

/// A plan that is looked up when first needed, since types may contain themselves.
final class PlanReference: Sendable {
  private let reference: TypeReference
  private let cell = AtomicLazyReference<StructPlan>()

  init(_ reference: TypeReference) { self.reference = reference }

  var plan: StructPlan { cell.load() ?? cell.storeIfNil(StructPlan.of(reference.type)) }
}

private final class ValueBox: Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// How one field of a struct is decoded and printed.
struct FieldPlan: Sendable {
  /// When the field is printed (Go's struct tags).
  enum Presence: Sendable {
    /// Left out where it holds the zero value (`omitempty`).
    case omitEmpty
    /// A pointer: printed where it was given, whatever its value.
    case pointer
    /// Always printed: this, where it holds nothing.
    case printed(Value)
    /// A struct by value, always printed.
    case structure
  }

  let name: String
  let element: ElementPlan
  let presence: Presence

  init(name: String, type: FieldType, traits: TypeTraits, owner: TypeReference) {
    self.name = name
    element =
      traits.schemas.contains(name)
      ? ElementPlan(schemasOf: owner) : ElementPlan(type, goType: traits.goTypes[name]?.string)
    presence = Self.presence(name, type, traits)
  }

  var isAlwaysPrinted: Bool {
    switch presence {
    case .printed, .structure: true
    default: false
    }
  }

  /// What is printed where the field holds nothing; nil where it is left out.
  var absent: Value? {
    switch presence {
    case .printed(let value): value
    case .structure: element.zero
    default: nil
    }
  }

  private static func presence(_ name: String, _ type: FieldType, _ traits: TypeTraits) -> Presence {
    if let value = traits.printed[name] { return .printed(value) }
    if traits.omitted.contains(name) { return .omitEmpty }
    switch type.shape {
    case .string, .boolean, .integer, .number:
      // The published schemas give such a default to scalars without omitempty.
      if let value = type.defaultValue, value.isZeroScalar { return .printed(value) }
      return traits.pointers.contains(name) ? .pointer : .omitEmpty
    case .object:
      // …and an empty object to structs that are no pointers.
      return type.defaultValue?.object == nil ? .pointer : .structure
    case .list, .map, .bytes: return .omitEmpty
    default: return .pointer
    }
  }
}

/// How a value of one type is decoded.
final class ElementPlan: Sendable {
  enum Shape: Sendable {
    case string, boolean, number, bytes, time, microTime, quantity, intOrString, duration, any
    case integer(bits: Int)
    case structure(PlanReference)
    case list(ElementPlan)
    case map(ElementPlan)
    /// One amount of a ResourceList, which is rounded up to thousandths.
    case amount
    /// A struct, a list of them, or something else that is kept as it is.
    case structureOrAny(PlanReference)
  }

  let shape: Shape
  /// As Go error messages name it: `[]v1.Container`.
  let goType: String

  /// The plan of a field that holds what its own type is (JSONSchemaPropsOrArray, JSONSchemaPropsOrBool).
  init(schemasOf owner: TypeReference) {
    goType = GoTypeName.of(owner.name)
    shape = .structureOrAny(PlanReference(owner))
  }

  private init(amountsAs goType: String) {
    self.goType = goType
    shape = .amount
  }

  init(_ type: FieldType, goType: String? = nil) {
    let name = goType ?? GoTypeName.of(type)
    self.goType = name
    switch type.shape {
    case .string: shape = .string
    case .boolean: shape = .boolean
    case .integer(let bits): shape = .integer(bits: bits)
    case .number: shape = .number
    case .bytes: shape = .bytes
    case .time: shape = .time
    case .microTime: shape = .microTime
    case .quantity: shape = .quantity
    case .intOrString: shape = .intOrString
    case .duration: shape = .duration
    case .any: shape = .any
    case .object(let reference): shape = .structure(PlanReference(reference))
    case .list(let inner): shape = .list(ElementPlan(inner, goType: GoTypeName.element(of: name)))
    case .map(let inner):
      if case .quantity = inner.shape {
        shape = .map(ElementPlan(amountsAs: GoTypeName.of(inner)))
      } else {
        shape = .map(ElementPlan(inner, goType: GoTypeName.element(of: name)))
      }
    }
  }

  /// Go's zero value of the type, as it is printed inside a list or map.
  var zero: Value {
    switch shape {
    case .string, .bytes: ""
    case .boolean: false
    case .integer, .number, .intOrString: 0
    case .quantity, .amount: "0"
    case .duration: "0s"
    case .structure(let reference): reference.plan.zero
    case .time, .microTime, .any, .list, .map, .structureOrAny: .null
    }
  }
}

extension Value {
  /// Whether this is `""`, `0` or `false`.
  var isZeroScalar: Bool {
    switch self {
    case .string(let v): v.isEmpty
    case .int(let v): v == 0
    case .double(let v): v == 0
    case .bool(let v): !v
    default: false
    }
  }

  /// Whether Go's `omitempty` leaves it out: a zero scalar, or a list or map without entries.
  var isEmptyValue: Bool {
    switch self {
    case .null: true
    case .array(let v): v.isEmpty
    case .object(let v): v.isEmpty
    default: isZeroScalar
    }
  }
}
