import CEL
import Schema
import Values

/// Checks the expressions of a ValidatingAdmissionPolicy against the types of the kinds that it matches
/// (Kubernetes documentation, "Validating Admission Policy", Type checking).
public struct PolicyTypeChecker: Sendable {
  /// A kind with its published schema.
  public struct Kind: Sendable {
    public let kind: GroupVersionKind
    public let schema: Value

    public init(_ kind: GroupVersionKind, schema: Value) {
      self.kind = kind
      self.schema = schema
    }
  }

  /// What is odd about an expression.
  public struct Warning: Sendable, Hashable {
    /// Where it stands: `spec.validations[0].expression`.
    public let fieldReference: String
    /// A paragraph for each kind that it does not fit.
    public let text: String

    /// As `status.typeChecking.expressionWarnings` has it.
    public var value: Value { ["fieldRef": .string(fieldReference), "warning": .string(text)] }
  }

  private let environments: [(kind: GroupVersionKind, environment: PolicyEnvironment)]

  /// - Parameters:
  ///   - spec: of the policy.
  ///   - kinds: those that it matches, as far as their schemas are known.
  ///   - parameters: the kind of its parameters; nil where it has none or its schema is not known.
  ///   - tag: what the names of the kinds' types end with, as they appear in messages.
  ///   - resolve: finds the schema behind a `$ref`.
  public init(
    spec: Value?, kinds: [Kind], parameters: Kind?, tag: String,
    resolve: @escaping @Sendable (_ reference: String) -> Value?
  ) {
    func types(_ kind: Kind) -> PublishedTypes {
      PublishedTypes(kind.kind.kind + tag, schema: kind.schema, resolve: resolve)
    }
    let parameters = parameters.map(types)
    environments = kinds.map { kind in
      var environment = PolicyEnvironment(object: types(kind), parameters: parameters)
      for variable in spec?["variables"]?.array ?? [] {
        environment.addVariable(variable["name"]?.string ?? "", variable["expression"]?.string ?? "")
      }
      return (kind.kind, environment)
    }
  }

  /// The warnings about the validations of a policy and their messages, in order.
  /// - Parameter spec: of the policy.
  public func warnings(_ spec: Value?) -> [Warning] {
    var warnings: [Warning] = []
    for (index, validation) in (spec?["validations"]?.array ?? []).enumerated() {
      for name in ["expression", "messageExpression"] {
        let text = validation[name]?.string ?? ""
        if name == "messageExpression", text.isEmpty { continue }
        if let warning = warning(text) {
          warnings.append(Warning(fieldReference: "spec.validations[\(index)].\(name)", text: warning))
        }
      }
    }
    return warnings
  }

  private func warning(_ text: String) -> String? {
    let paragraphs = environments.compactMap { kind, environment in
      environment.issues(of: text).map { "\(kind): \($0)\n" }
    }
    return paragraphs.isEmpty ? nil : paragraphs.joined(separator: "\n")
  }
}
