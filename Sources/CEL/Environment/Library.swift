/// Functions, variables, macros and types that belong together.
public struct Library: Sendable {
  public var functions: [FunctionDeclaration]
  public var macros: [Macro]
  /// Constants, mostly names of types: their types and values.
  public var constants: [Constant]

  public struct Constant: Sendable {
    public let name: String
    public let type: CELType
    public let value: CELValue

    public init(_ name: String, type: CELType, value: CELValue) {
      self.name = name
      self.type = type
      self.value = value
    }

    /// The name of a type, as `int`.
    public static func type(_ name: String, _ type: CELType) -> Constant {
      Constant(name, type: .type(type), value: .type(type.erased))
    }
  }

  public init(functions: [FunctionDeclaration] = [], macros: [Macro] = [], constants: [Constant] = []) {
    self.functions = functions
    self.macros = macros
    self.constants = constants
  }
}
