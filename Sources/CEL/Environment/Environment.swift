/// What an expression may speak of: variables, functions, types and macros. A value: extending a copy leaves
/// the original as it is.
public struct Environment: Sendable {
  /// Bounds of the syntax and choices of the checker.
  public struct Options: Sendable {
    /// Names are looked up in this namespace first.
    public var container = ""
    /// The most code points of an expression.
    public var sizeLimit = 100_000
    /// How deep an expression may nest.
    public var recursionLimit = 250
    /// The most elements of one list or map as written.
    public var literalSizeLimit = 10_000
    /// `a.?b`, `a[?b]`, `[?a]`, `{?a: b}` are read.
    public var optionalSyntax = false
    /// The elements of a list as written, and the keys and values of a map, must agree in their types.
    public var homogeneousLiterals = false
    /// Names of fields may be written in back-quotes.
    public var backquotedFields = true
    /// Checks of what is known before an expression is run; see ``Validator``.
    public var validators: [Validator] = []

    public init() {}
  }

  public var options: Options
  private(set) var functions: [String: FunctionDeclaration] = [:]
  private(set) var macros: [Macro.Key: Macro] = [:]
  /// Variables and constants: their types, and the value of constants.
  private(set) var names: [String: (type: CELType, value: CELValue?)] = [:]
  private(set) var providers: [any TypeProvider] = []

  /// An environment with nothing in it but these libraries.
  public init(libraries: [Library] = [.standard], options: Options = Options()) {
    self.options = options
    for library in libraries { add(library) }
  }

  /// Adds a library; overloads of a function that is there already are added to it.
  public mutating func add(_ library: Library) {
    for function in library.functions { add(function) }
    for macro in library.macros { macros[macro.key] = macro }
    for constant in library.constants { names[constant.name] = (constant.type, constant.value) }
  }

  /// Declares a function; an overload takes the place of one with the same id.
  public mutating func add(_ function: FunctionDeclaration) {
    guard var existing = functions[function.name] else {
      functions[function.name] = function
      return
    }
    for overload in function.overloads {
      existing.overloads.removeAll { $0.id == overload.id }
      existing.overloads.append(overload)
    }
    functions[function.name] = existing
  }

  /// Declares a variable; it takes the place of one of that name.
  public mutating func declare(_ variable: String, _ type: CELType) { names[variable] = (type, nil) }

  /// Adds declared object types; where several providers know a name, the one added last counts.
  public mutating func add(_ provider: any TypeProvider) { providers.insert(provider, at: 0) }

  /// Whether a function of that name is declared.
  public func hasFunction(_ name: String) -> Bool { functions[name] != nil }

  /// Reads and checks an expression.
  /// - Throws: ``CompilationError`` with all that is wrong.
  public func compile(_ text: String) throws(CompilationError) -> CheckedExpression {
    let source = SourceText(text)
    var parser = Parser(source, environment: self)
    let parsed = try parser.parse()
    var checker = Checker(parsed, environment: self)
    let checked = try checker.check()
    let issues = options.validators.flatMap { $0.validate(checked) }
    guard issues.isEmpty else { throw CompilationError(issues, in: source) }
    return checked
  }
}

extension Environment {
  /// The names that a name may mean in the container, the innermost first.
  func candidates(_ name: String) -> [String] {
    if name.hasPrefix(".") { return [String(name.dropFirst())] }
    var candidates: [String] = []
    var container = options.container[...]
    while !container.isEmpty {
      candidates.append(container + "." + name)
      container = container.lastIndex(of: ".").map { container[..<$0] } ?? ""
    }
    return candidates + [name]
  }

  func provider(ofType name: String) -> (any TypeProvider)? { providers.first { $0.hasType(name) } }

  /// The variable, constant or type of a name: its full name, its type and, for what is constant, its value.
  func lookUp(_ name: String) -> (name: String, type: CELType, value: CELValue?)? {
    for candidate in candidates(name) {
      if let found = names[candidate] { return (candidate, found.type, found.value) }
      if provider(ofType: candidate) != nil {
        let type = CELType.object(candidate)
        return (candidate, .type(type), .type(type))
      }
    }
    return nil
  }

  func lookUpFunction(_ name: String) -> FunctionDeclaration? {
    for candidate in candidates(name) {
      if let found = functions[candidate] { return found }
    }
    return nil
  }
}
