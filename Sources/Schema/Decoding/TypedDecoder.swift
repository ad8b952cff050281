import Values

/// Reads a document as one of the API's types and prints it again: what decoding into a Go struct and
/// encoding that does. Unknown fields go, zero values go where the type omits them, scalars become canonical.
public enum TypedDecoder {
  /// - Parameters:
  ///   - value: the parsed document. A document that nests too deep is refused.
  ///   - type: a built-in type.
  /// - Returns: the document as the real server would print it, and one text for each unknown field.
  /// - Throws: ``DecodeError`` for the first value that is not of its type.
  public static func decode(
    _ value: Value, as type: ObjectType
  ) throws(DecodeError) -> (value: Value, strictErrors: [String]) {
    let plan = StructPlan.of(type)
    var run = DecodeRun()
    guard case .object(let object) = value else {
      throw .mismatch(value.jsonKind, at: "", expecting: plan.goName)
    }
    let decoded = try run.structure(object, plan)
    return (decoded, run.unknown)
  }

  /// The document as it is stored: lists of the kind's own and of its parts that are empty become none at all.
  public static func stored(_ value: Value, as type: ObjectType) -> Value {
    var result = value
    dropEmptyLists(&result, .of(type), levels: DecodeRun.ownLevels)
    return result
  }

  private static func dropEmptyLists(_ value: inout Value, _ plan: StructPlan, levels: Int) {
    for i in plan.printed {
      guard case .printed(let absent) = plan.fields[i].presence, absent.isNull else { continue }
      let name = plan.fields[i].name
      if let list = value[name]?.array, list.isEmpty { value[name] = .null }
    }
    guard levels > 1 else { return }
    for field in plan.fields {
      guard case .structure(let reference) = field.element.shape, let part = value[field.name],
        part.object != nil
      else { continue }
      var changed = part
      dropEmptyLists(&changed, reference.plan, levels: levels - 1)
      if changed != part { value[field.name] = changed }
    }
  }

  /// What an empty document prints as: the fields that the type always prints.
  public static func empty(_ type: ObjectType) -> Value { StructPlan.of(type).zero }
}

/// One run over one document.
struct DecodeRun {
  private enum Step {
    case field(String)
    case key(String)
    case index(Int)
  }

  /// How deep the lists lie that stay as they were sent until they are stored: those of the kind and of its parts,
  /// such as its spec.
  static let ownLevels = 2

  /// Structs and lists inside each other; deeper than any real object.
  private static let depthLimit = 500

  private(set) var unknown: [String] = []
  private var path: [Step] = []
  private var structName = ""

  /// Decodes an object into a struct; the result holds what the struct prints.
  mutating func structure(_ input: Object, _ plan: StructPlan) throws(DecodeError) -> Value {
    if path.count > Self.depthLimit { throw DecodeError("exceeded max depth") }
    let outer = structName
    structName = plan.name
    var out = Object(minimumCapacity: input.count + plan.printed.count)
    for (key, value) in input {
      path.append(.field(key))
      if let field = plan.field(key) {
        if let decoded = try self.field(field, value) { out[key] = decoded }
      } else if unknown.count < StrictErrors.limit {
        unknown.append(StrictErrors.unknownField(pathText()))
      }
      path.removeLast()
    }
    structName = outer
    for i in plan.printed where !out.contains(plan.fields[i].name) {
      out[plan.fields[i].name] = plan.fields[i].absent
    }
    return .object(plan.isKind ? Self.ordered(out) : out)
  }

  /// The members of a kind's object in the usual order; the others keep theirs.
  private static func ordered(_ object: Object) -> Object {
    var result = Object(minimumCapacity: object.count)
    for key in ["kind", "apiVersion", "metadata"] { if let value = object[key] { result[key] = value } }
    for (key, value) in object where key != "status" && !result.contains(key) { result[key] = value }
    if let status = object["status"] { result["status"] = status }
    return result
  }

  private mutating func field(_ field: FieldPlan, _ value: Value) throws(DecodeError) -> Value? {
    if value.isNull { return nil }
    let decoded = try element(value, field.element)
    switch field.presence {
    case .omitEmpty: if decoded.isEmptyValue { return nil }
    case .pointer, .structure: break
    case .printed(let absent):
      // An empty list is stored as none at all, so that it is printed as the absent one is; the lists of the kind
      // and of its parts stay as they were sent until then, as their owner is who sent them.
      switch field.element.shape {
      case .list, .map:
        if decoded.isEmptyValue, !(absent.isNull && path.count <= Self.ownLevels && isInStructs) {
          return absent
        }
      default: break
      }
    }
    return decoded
  }

  /// Whether the place is reached by the fields of structs alone, not through a list or a map.
  private var isInStructs: Bool {
    path.allSatisfy { step in
      if case .field = step { true } else { false }
    }
  }

  private mutating func element(_ value: Value, _ plan: ElementPlan) throws(DecodeError) -> Value {
    if value.isNull { return plan.zero }
    switch plan.shape {
    case .any: return value
    case .string:
      guard case .string = value else { throw mismatch(value, plan) }
      return value
    case .boolean:
      guard case .bool = value else { throw mismatch(value, plan) }
      return value
    case .integer(let bits): return try integer(value, bits: bits, plan)
    case .number: return try number(value, plan)
    case .structure(let reference):
      guard case .object(let object) = value else { throw mismatch(value, plan) }
      return try structure(object, reference.plan)
    case .list(let inner):
      guard case .array(let array) = value else { throw mismatch(value, plan) }
      return try list(array, inner)
    case .map(let inner):
      guard case .object(let object) = value else { throw mismatch(value, plan) }
      return try map(object, inner)
    case .bytes:
      guard case .string(let text) = value else { throw mismatch(value, plan) }
      return try ScalarDecoding.bytes(text)
    case .time: return try ScalarDecoding.time(value)
    case .microTime: return try ScalarDecoding.microTime(value)
    case .quantity: return try ScalarDecoding.quantity(value)
    case .amount: return try ScalarDecoding.amount(value)
    case .structureOrAny(let reference): return try structureOrAny(value, plan, reference)
    case .intOrString: return try ScalarDecoding.intOrString(value)
    case .duration: return try ScalarDecoding.text(value)
    }
  }

  private mutating func structureOrAny(
    _ value: Value, _ plan: ElementPlan, _ reference: PlanReference
  ) throws(DecodeError) -> Value {
    switch value {
    case .object(let object): return try structure(object, reference.plan)
    case .array(let array): return try list(array, plan)
    default: return value
    }
  }

  private mutating func list(_ input: [Value], _ plan: ElementPlan) throws(DecodeError) -> Value {
    if path.count > Self.depthLimit { throw DecodeError("exceeded max depth") }
    var out: [Value] = []
    out.reserveCapacity(input.count)
    for (i, value) in input.enumerated() {
      path.append(.index(i))
      out.append(try element(value, plan))
      path.removeLast()
    }
    return .array(out)
  }

  private mutating func map(_ input: Object, _ plan: ElementPlan) throws(DecodeError) -> Value {
    if path.count > Self.depthLimit { throw DecodeError("exceeded max depth") }
    var out = Object(minimumCapacity: input.count)
    for (key, value) in input {
      path.append(.key(key))
      out[key] = try element(value, plan)
      path.removeLast()
    }
    return .object(out)
  }

  private func integer(_ value: Value, bits: Int, _ plan: ElementPlan) throws(DecodeError) -> Value {
    switch value {
    case .int(let v):
      if bits == 32, Int32(exactly: v) == nil { throw mismatch("number \(v)", plan) }
      return value
    case .double: throw mismatch("number \(ScalarDecoding.literal(value))", plan)
    default: throw mismatch(value, plan)
    }
  }

  private func number(_ value: Value, _ plan: ElementPlan) throws(DecodeError) -> Value {
    switch value {
    case .int: return value
    case .double(let v): return Int64(exactly: v).map(Value.int) ?? value
    default: throw mismatch(value, plan)
    }
  }

  // MARK: - Texts

  private func mismatch(_ value: Value, _ plan: ElementPlan) -> DecodeError {
    mismatch(value.jsonKind, plan)
  }

  /// The fields on the way, without keys and indices, behind the name of the innermost struct.
  private func mismatch(_ found: String, _ plan: ElementPlan) -> DecodeError {
    var place = structName
    for case .field(let name) in path { place += "." + name }
    return .mismatch(found, at: place, expecting: plan.goType)
  }

  /// `spec.containers[0].name`.
  private func pathText() -> String {
    var text = ""
    for step in path {
      switch step {
      case .field(let name), .key(let name): text += text.isEmpty ? name : "." + name
      case .index(let i): text += "[\(i)]"
      }
    }
    return text
  }
}
