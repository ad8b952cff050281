import CEL
import Values

/// An environment with all libraries and a few variables.
let environment: Environment = {
  var environment = Environment(
    libraries: [
      .standard, .strings(version: 3), .optionals, .bindings, .twoVariableComprehensions, .extendedLists,
    ])
  environment.options.optionalSyntax = true
  for (name, type) in variables { environment.declare(name, type) }
  environment.add(PersonProvider())
  return environment
}()

private let variables: [(String, CELType)] = [
  ("a", .bool), ("b", .bool), ("c", .bool), ("d", .bool), ("x", .int), ("y", .int), ("u", .uint),
  ("f", .double), ("s", .string), ("data", .bytes), ("t", .timestamp), ("span", .duration),
  ("list", .list(.int)), ("words", .list(.string)), ("map", .map(.string, .int)), ("any", .dyn),
  ("json", .dyn), ("person", .object("Person")), ("unset", .int), ("maybe", .optional(.int)),
]

let activation: Activation = [
  "a": .bool(true), "b": .bool(false), "c": .bool(true), "d": .bool(false), "x": .int(3), "y": .int(5),
  "u": .uint(7), "f": .double(1.5), "s": .string("héllo"), "data": .bytes([1, 2, 255]),
  "t": .timestamp(Timestamp(seconds: 1_700_000_000, nanoseconds: 5_000_000)),
  "span": .duration(CELDuration(nanoseconds: 5_400_000_000_000)),
  "list": .values([.int(1), .int(2), .int(3)]), "words": .values([.string("a"), .string("bb")]),
  "map": .map(CELMap([.string("one"): .int(1), .string("two"): .int(2)])), "any": .int(9),
  "json": CELValue(["name": "n", "size": 2, "tags": ["p", "q"], "deep": ["er": ["est": 1.5]], "no": .null]),
  "person": .object(JSONStructure(["name": "Ann", "age": 30], shape: PersonShape())),
  "maybe": .some(.int(4)),
]

/// What an expression gives: its value as an expression would write it, or the error.
func evaluate(_ text: String, _ variables: Activation = activation) -> String {
  do throws(CompilationError) {
    let program = Program(try environment.compile(text), environment: environment)
    let evaluation = program.evaluate(variables)
    return evaluation.value.map(literal) ?? "error: \(evaluation.error?.message ?? "")"
  } catch {
    return "does not compile: \(error)"
  }
}

/// The issues that compiling reports, one a line; empty where it compiles.
func issues(_ text: String, in environment: Environment = environment) -> [String] {
  do throws(CompilationError) {
    _ = try environment.compile(text)
    return []
  } catch {
    return error.issues.map { "\($0.location.line):\($0.location.column + 1): \($0.message)" }
  }
}

/// A value as an expression would write it, so that types can be told apart.
func literal(_ value: CELValue) -> String {
  switch value {
  case .uint(let v): "\(v)u"
  case .double(let v): v.description
  case .string(let v): "'\(v)'"
  case .bytes(let v): "b\(v)"
  case .timestamp, .duration: "<\(value.plainText)>"
  case .list(let list): "[" + list.map(literal).joined(separator: ", ") + "]"
  case .map(let map):
    "{" + map.keys.map { "\(literal($0)): \(map[$0].map(literal) ?? "")" }.joined(separator: ", ") + "}"
  case .optional(let optional): optional.value.map { "optional(\(literal($0)))" } ?? "none"
  case .object(let object): "\(object.type)(\(object.json.map { JSON.text($0) } ?? ""))"
  default: value.plainText
  }
}

/// A declared type with fields, as a schema would declare it.
struct PersonProvider: TypeProvider {
  static let fields: [String: CELType] = [
    "name": .string, "age": .int, "nick": .string, "friend": .object("Person"), "tags": .list(.string),
  ]

  func hasType(_ name: String) -> Bool { name == "Person" }

  func fieldType(_ field: String, of type: String) -> CELType? { Self.fields[field] }

  func makeObject(_ type: String, _ fields: [(name: String, value: CELValue)]) throws(CELError) -> CELValue {
    var members = Object()
    for field in fields {
      switch field.value {
      case .string(let v): members[field.name] = .string(v)
      case .int(let v): members[field.name] = .int(v)
      default: throw CELError("unsupported field")
      }
    }
    return .object(JSONStructure(members, shape: PersonShape()))
  }
}

/// How a person's JSON is seen.
final class PersonShape: JSONShape {
  var type: CELType { .object("Person") }
  var items: any JSONShape { UntypedJSON.shared }

  func value(of json: Value) -> CELValue {
    json.object.map { .object(JSONStructure($0, shape: self)) } ?? .null
  }

  func member(_ name: String) -> JSONMember? {
    guard PersonProvider.fields[name] != nil else { return nil }
    return JSONMember(key: name, shape: name == "friend" ? self : UntypedJSON.shared)
  }

  func name(ofKey key: String) -> String? { PersonProvider.fields[key] == nil ? nil : key }
}
