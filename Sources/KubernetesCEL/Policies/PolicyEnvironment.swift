import CEL

/// What the expressions of one policy or webhook may speak of, and their compiler
/// (k8s.io/apiserver/pkg/admission/plugin/cel).
public struct PolicyEnvironment: Sendable {
  /// Which variables there are besides `object`, `oldObject`, `request` and `namespaceObject`.
  public struct Scope: Sendable, Hashable {
    /// `params`.
    public var hasParams: Bool
    /// `authorizer` and `authorizer.requestResource`.
    public var hasAuthorizer: Bool
    /// `variables`.
    public var hasVariables: Bool
    /// `Object{}`, `JSONPatch{}` and `jsonpatch.escapeKey`.
    public var isMutation: Bool

    public init(
      hasParams: Bool = false, hasAuthorizer: Bool = true, hasVariables: Bool = false,
      isMutation: Bool = false
    ) {
      self.hasParams = hasParams
      self.hasAuthorizer = hasAuthorizer
      self.hasVariables = hasVariables
      self.isMutation = isMutation
    }
  }

  /// Why an expression is none: a text for people.
  public struct Fault: Error, Sendable, Hashable {
    public let message: String

    public init(message: String) { self.message = message }
  }

  private let base: Environment
  private let scope: Scope
  private var variableTypes: [String: CELType] = [:]
  /// The variables of the policy in order, each with its program or why it has none.
  public private(set) var variables: [(name: String, program: Result<PolicyExpression, Fault>)] = []

  public init(_ scope: Scope) {
    var base = Self.common
    base.declare("object", .dyn)
    base.declare("oldObject", .dyn)
    if scope.hasParams { base.declare("params", .dyn) }
    if scope.hasAuthorizer {
      base.declare("authorizer", .authorizer)
      base.declare("authorizer.requestResource", .resourceCheck)
    }
    if scope.isMutation {
      base.add(MutationTypes())
      base.add(Library.jsonPatch)
    }
    if scope.hasVariables { base.declare("variables", .object(PolicyTypes.variables)) }
    self.base = base
    self.scope = scope
  }

  /// For the check of types: objects and parameters have those of their kinds, and `authorizer` is there alone.
  init(object: PublishedTypes, parameters: PublishedTypes?) {
    var base = Self.common
    base.add(object)
    base.declare("object", object.type)
    base.declare("oldObject", object.type)
    if let parameters {
      base.add(parameters)
      base.declare("params", parameters.type)
    }
    base.declare("authorizer", .authorizer)
    base.declare("variables", .object(PolicyTypes.variables))
    self.base = base
    scope = Scope(hasParams: parameters != nil, hasVariables: true)
  }

  /// What all expressions of policies may speak of.
  private static let common: Environment = {
    var common = KubernetesCEL.base
    common.add(PolicyTypes())
    common.declare("request", .object(PolicyTypes.request))
    common.declare("namespaceObject", .object(PolicyTypes.namespace))
    return common
  }()

  /// The same variables in another scope: a message may not ask the authorizer.
  public func with(authorizer hasAuthorizer: Bool) -> PolicyEnvironment {
    var scope = scope
    scope.hasAuthorizer = hasAuthorizer
    var other = PolicyEnvironment(scope)
    other.variables = variables
    other.variableTypes = variableTypes
    return other
  }

  private var environment: Environment {
    var environment = base
    if scope.hasVariables { environment.add(VariableTypes(fields: variableTypes)) }
    return environment
  }

  /// Compiles a variable, which later expressions may use as `variables.NAME`.
  /// - Returns: what is wrong with it; nil where nothing is.
  @discardableResult
  public mutating func addVariable(_ name: String, _ text: String) -> Fault? {
    let compiled = Result { () throws(Fault) in try compile(text, returning: []) }
    variables.append((name, compiled))
    switch compiled {
    case .success(let expression):
      variableTypes[name] = expression.program.expression.type
      return nil
    case .failure(let fault):
      variableTypes[name] = .dyn
      return fault
    }
  }

  /// What is wrong with an expression whatever it evaluates to, as cel-go prints it; nil where nothing is.
  func issues(of text: String) -> String? {
    do throws(CompilationError) {
      _ = try environment.compile(text)
      return nil
    } catch {
      return error.description
    }
  }

  /// Compiles an expression.
  /// - Parameter types: what it may evaluate to; empty for anything.
  public func compile(_ text: String, returning types: [CELType]) throws(Fault) -> PolicyExpression {
    let environment = environment
    let checked: CheckedExpression
    do throws(CompilationError) { checked = try environment.compile(text) } catch {
      throw Fault(message: "compilation failed: \(error)")
    }
    if !types.isEmpty, !types.contains(checked.type) {
      let got = checked.type.goName
      guard types.count > 1 else {
        throw Fault(message: "must evaluate to \(types[0].goName) but got \(got)")
      }
      let names = types.map(\.goName).joined(separator: " ")
      throw Fault(message: "must evaluate to one of [\(names)] but got \(got)")
    }
    return PolicyExpression(text: text, program: KubernetesCEL.program(checked, environment))
  }
}

extension CELType {
  /// The type as cel-go prints it: `list(int)`.
  var goName: String {
    parameters.isEmpty
      ? runtimeName : runtimeName + "(" + parameters.map(\.goName).joined(separator: ", ") + ")"
  }
}

/// What the expressions of policies must evaluate to.
extension [CELType] {
  /// Validations and match conditions.
  public static let policyCondition: [CELType] = [.bool]
  public static let policyMessage: [CELType] = [.string]
  public static let policyAnnotation: [CELType] = [.string, .null]
  public static let policyApplyConfiguration: [CELType] = [.object(MutationTypes.object)]
  public static let policyJSONPatch: [CELType] = [.list(.object(MutationTypes.patch))]
}

/// An expression of a policy, compiled.
public struct PolicyExpression: Sendable {
  public let text: String
  public let program: Program
}
