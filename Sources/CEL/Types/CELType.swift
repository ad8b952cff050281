/// A type of the Common Expression Language
/// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#values).
public indirect enum CELType: Sendable, Hashable {
  case dyn
  case null
  case bool
  case int
  case uint
  case double
  case string
  case bytes
  case timestamp
  case duration
  /// A value of any message: as `dyn`, to the checker.
  case any
  /// What an expression has that did not pass the check.
  case error
  case list(CELType)
  /// Keys, then values.
  case map(CELType, CELType)
  /// An object with declared fields, by its name.
  case object(String)
  /// A type that only functions see into, with parameters: `optional_type(int)`, `kubernetes.Quantity`.
  case opaque(String, [CELType])
  /// The type of a type; of `type(1)` that is `type(int)`.
  case type(CELType?)
  /// A parameter of a function's type, such as `T`; replaced when the call is checked.
  case parameter(String)
  /// A primitive that may be null.
  case wrapper(CELType)
  /// Result, then arguments. Only the checker makes these.
  case function(CELType, [CELType])
}

extension CELType {
  /// The name under which optional values are known.
  static let optionalName = "optional_type"

  /// `optional_type(T)`.
  public static func optional(_ wrapped: CELType) -> CELType { .opaque(optionalName, [wrapped]) }

  /// The type in an optional one; nil for others.
  public var wrappedInOptional: CELType? {
    guard case .opaque(Self.optionalName, let parameters) = self else { return nil }
    return parameters.first ?? .dyn
  }

  /// The type's parameters, as those of a list or a map.
  public var parameters: [CELType] {
    switch self {
    case .list(let element): [element]
    case .map(let key, let value): [key, value]
    case .opaque(_, let parameters): parameters
    case .type(let of?): [of]
    case .wrapper(let of): [of]
    case .function(let result, let arguments): [result] + arguments
    default: []
    }
  }

  var isDyn: Bool { self == .dyn || self == .any }
  var isError: Bool { self == .error }
  var isDynOrError: Bool { isDyn || isError }
  var isParameter: Bool { if case .parameter = self { true } else { false } }

  /// The name without parameters that `type(x)` has when it is run: `int`, `list`, `null_type`.
  public var runtimeName: String {
    switch self {
    case .dyn: "dyn"
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .any: "google.protobuf.Any"
    case .error: "error"
    case .list: "list"
    case .map: "map"
    case .object(let name), .opaque(let name, _), .parameter(let name): name
    case .type: "type"
    case .wrapper(let type): type.runtimeName
    case .function: "function"
    }
  }

  /// The type without its parameters, which is all that a value knows of it when it is run.
  var erased: CELType {
    switch self {
    case .list: .list(.dyn)
    case .map: .map(.dyn, .dyn)
    case .opaque(let name, let parameters): .opaque(name, parameters.map { _ in .dyn })
    case .type: .type(nil)
    case .wrapper(let type): type
    default: self
    }
  }

  /// The names of the type parameters in it, each once.
  var parameterNames: Set<String> {
    if case .parameter(let name) = self { return [name] }
    return parameters.reduce(into: []) { $0.formUnion($1.parameterNames) }
  }
}

extension CELType: CustomStringConvertible {
  /// As the checker's messages name it: `map(string, dyn)`.
  public var description: String {
    switch self {
    case .null: return "null"
    case .timestamp: return "timestamp"
    case .duration: return "duration"
    case .any: return "any"
    case .error: return "!error!"
    case .wrapper(let type): return "wrapper(\(type))"
    case .function(let result, let arguments):
      return "(" + arguments.map(\.description).joined(separator: ", ") + ") -> \(result)"
    default:
      let parameters = parameters
      if parameters.isEmpty { return runtimeName }
      return runtimeName + "(" + parameters.map(\.description).joined(separator: ", ") + ")"
    }
  }

  /// The arguments of a call: `(int, string)`, or `string.(int)` of a member function.
  static func signature(_ arguments: [CELType], isMember: Bool) -> String {
    guard isMember, let target = arguments.first else {
      return "(" + arguments.map(\.description).joined(separator: ", ") + ")"
    }
    return "\(target).(" + arguments.dropFirst().map(\.description).joined(separator: ", ") + ")"
  }
}
