import CEL
import KubernetesCEL
import Values

/// Match conditions in the Common Expression Language, over `request`, the spec of a SubjectAccessReview of
/// version v1 (k8s.io/apiserver pkg/authorization/cel).
public struct CELAuthorizationConditions: AuthorizationConditionCompiler {
  private let environment: Environment

  private static let variable = "request"

  /// - Parameter base: what expressions may use besides `request`.
  public init(base: Environment = KubernetesCEL.base) {
    var environment = base
    environment.add(ReviewTypes())
    environment.declare(Self.variable, .object(ReviewTypes.spec))
    self.environment = environment
  }

  public func compile(
    _ expression: String
  ) throws(AuthorizationConfigurationError) -> any AuthorizationCondition {
    let checked: CheckedExpression
    do throws(CompilationError) {
      checked = try environment.compile(expression)
    } catch {
      throw AuthorizationConfigurationError("compilation failed: \(error)")
    }
    guard checked.type == .bool else { throw AuthorizationConfigurationError("must evaluate to bool") }
    return Condition(text: expression, program: KubernetesCEL.program(checked, environment))
  }

  private struct Condition: AuthorizationCondition {
    let text: String
    let program: Program

    func matches(_ spec: Value) throws(AuthorizationConfigurationError) -> Bool {
      let limits = Program.Limits(cost: KubernetesCEL.Limits.call) { Task.isCancelled }
      let request = CELValue(ReviewTypes.filled(spec))
      switch program.evaluate([variable: request], limits: limits).result {
      case .success(.bool(let matches)): return matches
      case .success:
        throw AuthorizationConfigurationError(
          "cel evaluation error: expression '\(text)' eval result type should be bool")
      case .failure(let error):
        throw AuthorizationConfigurationError(
          "cel evaluation error: expression '\(text)' resulted in error: \(error.message)")
      }
    }
  }
}

/// The fields of `request` and of what is in it.
private struct ReviewTypes: TypeProvider {
  static let spec = "kubernetes.SubjectAccessReviewSpec"

  private static let texts = ["namespace", "verb", "group", "version", "resource", "subresource", "name"]
  private static let requirement: [String: CELType] = [
    "key": .string, "operator": .string, "values": .list(.string),
  ]

  private static let types: [String: [String: CELType]] = {
    var types: [String: [String: CELType]] = [
      spec: [
        "resourceAttributes": .object("kubernetes.ResourceAttributes"),
        "nonResourceAttributes": .object("kubernetes.NonResourceAttributes"), "user": .string,
        "groups": .list(.string), "extra": .map(.string, .list(.string)), "uid": .string,
      ],
      "kubernetes.NonResourceAttributes": ["path": .string, "verb": .string],
    ]
    var resource = Dictionary(uniqueKeysWithValues: texts.map { ($0, CELType.string) })
    for selector in ["Field", "Label"] {
      resource["\(selector.lowercased())Selector"] = .object("kubernetes.\(selector)SelectorAttributes")
      types["kubernetes.\(selector)SelectorAttributes"] = [
        "rawSelector": .string, "requirements": .list(.object("kubernetes.\(selector)SelectorRequirement")),
      ]
      types["kubernetes.\(selector)SelectorRequirement"] = requirement
    }
    types["kubernetes.ResourceAttributes"] = resource
    return types
  }()

  func hasType(_ name: String) -> Bool { Self.types[name] != nil }

  func fieldType(_ field: String, of type: String) -> CELType? { Self.types[type]?[field] }

  /// The spec with its texts and lists there even where they are empty, as expressions may rely on them.
  static func filled(_ spec: Value) -> Value {
    var spec = spec
    func fill(_ value: inout Value, _ key: String, _ empty: Value) {
      if value[key] == nil { value[key] = empty }
    }
    for key in ["user", "uid"] { fill(&spec, key, "") }
    fill(&spec, "groups", [])
    fill(&spec, "extra", [:])
    for (member, keys) in [("resourceAttributes", texts), ("nonResourceAttributes", ["path", "verb"])] {
      guard var attributes = spec[member] else { continue }
      for key in keys { fill(&attributes, key, "") }
      spec[member] = attributes
    }
    return spec
  }
}
