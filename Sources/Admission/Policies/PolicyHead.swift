import CEL
import KubernetesCEL
import Schema
import Values

/// What validating and mutating policies have in common (admissionregistration.k8s.io/v1), compiled.
struct PolicyHead: Sendable {
  let name: String
  let matching: MatchResources
  /// As it is written, and parsed; nil where the policy takes no parameters.
  let paramKind: GroupVersionKind?
  let ignoresFailure: Bool
  let conditions: PolicyConditions
  /// With the policy's variables.
  let environment: PolicyEnvironment

  init(_ policy: Value, isMutation: Bool) {
    let spec = policy["spec"]
    name = policy["metadata"]?["name"]?.string ?? ""
    matching = MatchResources(spec?["matchConstraints"], rules: spec?["matchConstraints"]?["resourceRules"])
    paramKind = (spec?["paramKind"]).flatMap { kind in
      guard kind.object != nil else { return nil }
      let version = GroupVersion(apiVersion: kind["apiVersion"]?.string ?? "")
      return (version ?? GroupVersion(group: "", version: "")).kind(kind["kind"]?.string ?? "")
    }
    ignoresFailure = spec?["failurePolicy"]?.string == "Ignore"
    var environment = PolicyEnvironment(
      .init(hasParams: paramKind != nil, hasVariables: true, isMutation: isMutation))
    for variable in spec?["variables"]?.array ?? [] {
      environment.addVariable(variable["name"]?.string ?? "", variable["expression"]?.string ?? "")
    }
    self.environment = environment
    conditions = PolicyConditions(
      (spec?["matchConditions"]?.array ?? []).map { $0["expression"]?.string ?? "" }, in: environment)
  }

  /// Compiles one of the policy's expressions; its error waits until it is to be evaluated.
  func compile(
    _ text: String, _ types: [CELType], authorizer: Bool = true
  ) -> Result<PolicyExpression, PolicyEnvironment.Fault> {
    let environment = authorizer ? environment : environment.with(authorizer: false)
    return Result { () throws(PolicyEnvironment.Fault) in try environment.compile(text, returning: types) }
  }
}

/// A policy, compiled.
protocol CompiledPolicy: Sendable {
  init(_ policy: Value)
  var head: PolicyHead { get }
}

/// A ValidatingAdmissionPolicyBinding or MutatingAdmissionPolicyBinding.
struct PolicyBinding: Sendable {
  let name: String
  let policy: String
  let matching: MatchResources?
  let paramRef: Value?
  /// `Deny`, `Warn` and `Audit`; none of mutating ones.
  let actions: [String]

  init(_ binding: Value) {
    let spec = binding["spec"]
    name = binding["metadata"]?["name"]?.string ?? ""
    policy = spec?["policyName"]?.string ?? ""
    matching = (spec?["matchResources"]).flatMap { value in
      value.object == nil ? nil : MatchResources(value, rules: value["resourceRules"])
    }
    paramRef = (spec?["paramRef"]).flatMap { $0.object == nil ? nil : $0 }
    actions = spec?["validationActions"]?.strings ?? []
  }
}
