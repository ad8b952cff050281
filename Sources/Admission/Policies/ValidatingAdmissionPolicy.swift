import KubernetesCEL
import Schema
import Values

/// Holds requests to ValidatingAdmissionPolicies (Kubernetes documentation, "Validating Admission Policy").
struct ValidatingAdmissionPolicy: ValidatingAdmissionPlugin {
  let name = "ValidatingAdmissionPolicy"
  private let selection: PolicySelection<ValidatingPolicy>
  private let measures: PluginMeasures

  init(_ context: AdmissionPlugins.Context) {
    selection = PolicySelection(context, resource: "validatingadmissionpolicy")
    measures = context.measures
  }

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  /// The first refusal is told; all are looked for, since warnings and annotations may follow it.
  private struct Verdict {
    var first: StatusError?
    let request: AdmissionRequest

    mutating func deny(
      _ policy: PolicyHead, _ binding: PolicyBinding?, _ denial: ValidatingPolicy.Denial
    ) {
      if first != nil { return }
      let place = binding.map { " with binding '\($0.name)'" } ?? ""
      let message = "ValidatingAdmissionPolicy '\(policy.name)'\(place) denied request: \(denial.message)"
      var error = request.forbidden(message)
      error.reason = denial.reason
      error.code = codes[denial.reason] ?? 422
      error.details?.causes.append(.init(message: message))
      first = error
    }

    mutating func fault(_ policy: PolicyHead, _ fault: PolicySelection<ValidatingPolicy>.Fault) {
      if !policy.ignoresFailure { deny(policy, fault.binding, .init(message: fault.message)) }
    }
  }

  private static let codes = ["Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413]

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    let hooks = selection.policies(for: request)
    if hooks.isEmpty { return }
    let subject = PolicyRequest(request, authorizer: selection.authorizer)
    var verdict = Verdict(request: request)
    for hook in hooks { try await apply(hook, subject, &verdict) }
    if let refusal = verdict.first { throw refusal }
  }

  private func apply(
    _ hook: PolicyHook<ValidatingPolicy>, _ subject: PolicyRequest, _ verdict: inout Verdict
  ) async throws(StatusError) {
    let policy = hook.policy.head
    let request = subject.request
    let concern: PolicySelection<ValidatingPolicy>.Concern
    do throws(PolicySelection<ValidatingPolicy>.Fault) {
      guard let found = try selection.concern(hook, request) else { return }
      concern = found
    } catch {
      return verdict.fault(policy, error)
    }
    let input: PolicyInput
    do throws(StatusError) { input = try await self.input(subject, concern.match) } catch {
      return verdict.fault(policy, .init(error.message))
    }
    var annotations = AuditAnnotations()
    for invocation in await selection.invocations(of: concern, request) {
      switch invocation {
      case .failure(let fault): verdict.fault(policy, fault)
      case .success(let invocation):
        var input = input
        input.params = invocation.parameter
        let namespace = try subject.namespaceObject(selection.hooks.store)
        let start = ContinuousClock.now
        let findings = await hook.policy.evaluate(input, namespace: namespace) { outcome, elapsed in
          measures.conditions.record(
            .init(name: policy.name, kind: "policy", type: "validate"), request.operation, outcome,
            elapsed: elapsed)
        }
        take(findings, policy, invocation.binding, elapsed: start.duration(to: .now), &verdict)
        for (key, value) in findings.annotations { annotations.add(key, value) }
      }
    }
    annotations.publish(policy.name, request)
  }

  private func input(
    _ subject: PolicyRequest, _ match: HookSelection.Match
  ) async throws(StatusError) -> PolicyInput {
    let request = subject.request
    return subject.input(
      object: try await selection.hooks.kinds.convert(
        request.object, to: match.kind, subresource: request.subresource),
      oldObject: try await selection.hooks.kinds.convert(
        request.oldObject, to: match.kind, subresource: request.subresource),
      resource: match.resource, kind: match.kind)
  }

  private func take(
    _ findings: ValidatingPolicy.Findings, _ policy: PolicyHead, _ binding: PolicyBinding, elapsed: Duration,
    _ verdict: inout Verdict
  ) {
    let request = verdict.request
    func record(_ error: PolicyMeasures.ErrorType, _ action: PolicyMeasures.Action) {
      measures.policies.check(policy.name, binding.name, error, action, elapsed: elapsed)
    }
    for error in findings.ignored { record(error, .allow) }
    for (index, denial) in findings.denials {
      for action in binding.actions {
        switch action {
        case "Deny":
          record(denial.error, .deny)
          verdict.deny(policy, binding, denial)
        case "Warn":
          record(denial.error, .warn)
          request.warn(
            "Validation failed for ValidatingAdmissionPolicy '\(policy.name)' with binding '\(binding.name)': "
              + denial.message)
        case "Audit":
          record(denial.error, .audit)
          let failure: Value = [
            "message": .string(denial.message), "policy": .string(policy.name),
            "binding": .string(binding.name), "expressionIndex": .int(Int64(index)),
            "validationActions": .array(binding.actions.map(Value.string)),
          ]
          request.annotate(
            "validation.policy.admission.k8s.io/validation_failure", JSON.text(.array([failure])))
        default: break
        }
      }
    }
    for fault in findings.annotationFaults { verdict.deny(policy, binding, .init(message: fault)) }
  }
}

/// What a policy's bindings want noted in the audit log.
private struct AuditAnnotations {
  private var values: [(key: String, values: [String])] = []
  private static let limit = 10 * 1024

  mutating func add(_ key: String, _ value: String) {
    let value = String(decoding: value.utf8.prefix(Self.limit), as: UTF8.self)
    guard let index = values.firstIndex(where: { $0.key == key }) else {
      return values.append((key, [value]))
    }
    if !values[index].values.contains(value) { values[index].values.append(value) }
  }

  func publish(_ policy: String, _ request: AdmissionRequest) {
    for (key, values) in values { request.annotate("\(policy)/\(key)", values.joined(separator: ", ")) }
  }
}
