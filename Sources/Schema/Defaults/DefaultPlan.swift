import Synchronization
import Values

/// What defaulting does to one struct: made once a type, then shared.
final class DefaultPlan: Sendable {
  /// A field whose value may need defaults too.
  struct Child: Sendable {
    enum Form: Sendable { case object, list, map }

    let name: String
    let form: Form
    let reference: TypeReference
    fileprivate let cell = AtomicLazyPlan()

    var plan: DefaultPlan { cell.plan(of: reference) }
  }

  struct Constant: Sendable {
    let name: String
    let value: Value
    /// A field that is always printed holds `""` or `0` where nothing was given.
    let replacesZero: Bool
  }

  let type: ObjectType
  let constants: [Constant]
  let rule: DefaultRules.Rule?
  let children: [Child]

  var isEmpty: Bool { constants.isEmpty && rule == nil && children.isEmpty }

  private init(_ type: ObjectType) {
    self.type = type
    let traits = TypeTraits(typeName: type.name)
    rule = DefaultRules.byType[TypeTraits.key(type.name)]
    constants = Self.constants(type, traits)
    var children: [Child] = []
    for (name, field) in type.fields.sorted(by: { $0.key < $1.key }) {
      guard let (form, reference) = Self.nested(field), Self.hasDefaults(reference) else { continue }
      children.append(Child(name: name, form: form, reference: reference))
    }
    self.children = children
  }

  private static func constants(_ type: ObjectType, _ traits: TypeTraits) -> [Constant] {
    var values = traits.defaults
    for (name, field) in type.fields {
      // A zero default only marks a field that is always printed.
      guard let value = field.defaultValue, !value.isEmptyValue else { continue }
      values.setDefault(name, value)
    }
    return values.compactMap { name, value in
      guard let field = type.fields[name] else { return nil }
      let isPrinted = field.defaultValue?.isZeroScalar ?? false
      return Constant(name: name, value: value, replacesZero: isPrinted && !traits.pointers.contains(name))
    }
  }

  /// The struct inside a field, if there is one.
  private static func nested(_ field: FieldType) -> (Child.Form, TypeReference)? {
    switch field.shape {
    case .object(let reference): (.object, reference)
    case .list(let inner): if case .object(let reference) = inner.shape { (.list, reference) } else { nil }
    case .map(let inner): if case .object(let reference) = inner.shape { (.map, reference) } else { nil }
    default: nil
    }
  }

  // MARK: - Which types have defaults at all

  private static let known = Mutex<[String: Bool]>([:])

  private static func hasDefaults(_ reference: TypeReference) -> Bool {
    if let answer = known.withLock({ $0[reference.name] }) { return answer }
    var seen = Set<String>()
    let answer = reaches(reference, &seen)
    known.withLock { $0[reference.name] = answer }
    return answer
  }

  /// Whether the type or one that it holds has a default. Types may contain themselves.
  private static func reaches(_ reference: TypeReference, _ seen: inout Set<String>) -> Bool {
    guard seen.insert(reference.name).inserted else { return false }
    let type = reference.type
    if DefaultRules.byType[TypeTraits.key(type.name)] != nil { return true }
    if !constants(type, TypeTraits(typeName: type.name)).isEmpty { return true }
    for field in type.fields.values {
      if let (_, inner) = nested(field), reaches(inner, &seen) { return true }
    }
    return false
  }

  // MARK: - Cache

  private static let cache = Mutex<[ObjectIdentifier: DefaultPlan]>([:])

  /// The plan of a built-in type.
  static func of(_ type: ObjectType) -> DefaultPlan {
    let id = ObjectIdentifier(type)
    if let known = cache.withLock({ $0[id] }) { return known }
    let plan = DefaultPlan(type)
    return cache.withLock { plans in
      if let known = plans[id] { return known }
      plans[id] = plan
      return plan
    }
  }
}

/// A plan that is looked up when first needed.
private final class AtomicLazyPlan: Sendable {
  private let cell = AtomicLazyReference<DefaultPlan>()

  func plan(of reference: TypeReference) -> DefaultPlan {
    cell.load() ?? cell.storeIfNil(DefaultPlan.of(reference.type))
  }
}
