import KubernetesCEL
import Schema
import Values

/// Lets MutatingAdmissionPolicies change objects, one after the other; each sees what the ones before it made of
/// the object (Kubernetes documentation, "Mutating Admission Policy").
struct MutatingAdmissionPolicy: MutatingAdmissionPlugin {
  let name = "MutatingAdmissionPolicy"
  private let selection: PolicySelection<MutatingPolicy>
  private let measures: PluginMeasures

  init(_ context: AdmissionPlugins.Context) {
    selection = PolicySelection(context, resource: "mutatingadmissionpolicy")
    measures = context.measures
  }

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  private typealias Invocation = PolicySelection<MutatingPolicy>.Invocation

  /// What went wrong, in order; the first is told.
  private struct Faults {
    var messages: [String] = []
    /// Of the first, where it is another than `Forbidden`.
    var reason: String?

    mutating func add(
      _ policy: PolicyHead, _ binding: PolicyBinding?, _ text: String, reason: String? = nil
    ) {
      if policy.ignoresFailure { return }
      if messages.isEmpty { self.reason = reason }
      if let binding {
        messages.append("policy '\(policy.name)' with binding '\(binding.name)' denied request: \(text)")
      } else {
        messages.append("policy \(FieldError.quoted(policy.name)) denied request: \(text)")
      }
    }
  }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    let hooks = selection.policies(for: request)
    if hooks.isEmpty { return }
    var faults = Faults()
    var invocations: [Invocation] = []
    for hook in hooks { await collect(hook, request, &invocations, &faults) }
    if !invocations.isEmpty { try await run(invocations, &request, &faults) }
    guard let first = faults.messages.first else { return }
    var refusal = request.forbidden("admission request denied by policy")
    refusal.message = first
    if let reason = faults.reason { refusal.reason = reason }
    refusal.details?.causes += faults.messages.map { .init(message: $0) }
    throw refusal
  }

  private func collect(
    _ hook: PolicyHook<MutatingPolicy>, _ request: AdmissionRequest, _ invocations: inout [Invocation],
    _ faults: inout Faults
  ) async {
    let policy = hook.policy.head
    do throws(PolicySelection<MutatingPolicy>.Fault) {
      guard let concern = try selection.concern(hook, request) else { return }
      for invocation in await selection.invocations(of: concern, request) {
        switch invocation {
        case .success(let invocation): invocations.append(invocation)
        case .failure(let fault): faults.add(policy, fault.binding, fault.message)
        }
      }
    } catch {
      faults.add(policy, error.binding, error.message)
    }
  }

  // MARK: - Running

  /// The object on its way through the policies, in the kind that the last one saw.
  private struct Passage {
    var object: Value?
    var kind: GroupVersionKind
  }

  private func run(
    _ invocations: [Invocation], _ request: inout AdmissionRequest, _ faults: inout Faults
  ) async throws(StatusError) {
    let reinvocation = request.reinvocation
    reinvocation.begin(name, with: request.object)
    let subject = PolicyRequest(request, authorizer: selection.authorizer)
    let namespace = try subject.namespaceObject(selection.hooks.store)
    var passage = Passage(object: request.object, kind: request.kind)
    for invocation in invocations {
      let kind = invocation.match.kind
      if kind != passage.kind {
        passage.object = try await selection.hooks.kinds.convert(
          passage.object, to: kind, subresource: request.subresource)
        passage.kind = kind
      }
      let before = passage.object
      let wasCalled = try await invoke(invocation, &passage, subject, namespace, &faults)
      if wasCalled {
        reinvocation.didCall(
          name, invocation.identity, changed: passage.object != before,
          isReinvoked: invocation.policy.isReinvoked)
      }
    }
    if passage.kind != request.kind {
      passage.object = try await selection.hooks.kinds.convert(
        passage.object, to: request.kind, subresource: request.subresource)
    }
    request.object = passage.object
    reinvocation.end(name, with: request.object)
  }

  /// - Returns: whether the policy was concerned.
  private func invoke(
    _ invocation: Invocation, _ passage: inout Passage, _ subject: PolicyRequest, _ namespace: Value,
    _ faults: inout Faults
  ) async throws(StatusError) -> Bool {
    let (policy, request, kinds) = (invocation.policy.head, subject.request, selection.hooks.kinds)
    let oldObject = try await kinds.convert(
      request.oldObject, to: passage.kind, subresource: request.subresource)
    func input(_ object: Value?, _ namespace: Value) -> PolicyInput {
      var input = subject.input(
        object: object, oldObject: oldObject, resource: invocation.match.resource, kind: passage.kind)
      input.params = invocation.parameter
      input.namespaceObject = namespace
      return input
    }
    if !policy.conditions.isEmpty {
      let run = PolicyRun(input(passage.object, .null), variables: policy.environment.variables)
      let start = ContinuousClock.now
      func record(_ outcome: ConditionMeasures.Outcome) {
        measures.conditions.record(
          .init(name: policy.name, kind: "policy", type: "mutate"), request.operation, outcome,
          elapsed: start.duration(to: .now))
      }
      do throws(PolicyEnvironment.Fault) {
        let isMatch = try await policy.conditions.match(run, ignoresFailure: false)
        record(isMatch ? .matches : .excluded)
        guard isMatch else { return false }
      } catch {
        record(.failed)
        faults.add(policy, invocation.binding, error.message, reason: "Invalid")
        return false
      }
    }
    guard request.reinvocation.calls(name, invocation.identity) else { return false }
    for mutation in invocation.policy.mutations {
      guard let object = passage.object, object.object != nil else { continue }
      guard let type = kinds.objectType(of: passage.kind) else {
        throw StatusError(
          code: 503, reason: "ServiceUnavailable",
          message: "Resource kind \(passage.kind) not found. There can be a delay between when "
            + "CustomResourceDefinitions are created and when they are available.")
      }
      let run = PolicyRun(input(object, namespace), variables: policy.environment.variables)
      let start = ContinuousClock.now
      func record(_ error: PolicyMeasures.ErrorType) {
        measures.policies.mutate(
          policy.name, invocation.binding.name, error, elapsed: start.duration(to: .now))
      }
      do throws(MutatingPolicy.Failure) {
        let changed = try await MutatingPolicy.apply(mutation, to: object, type, run)
        do throws(StatusError) { passage.object = try kinds.decoded(changed, passage.kind) } catch {
          throw .request(error)
        }
        record(.none)
      } catch {
        if case .failure = mutation.expression { record(.compile) } else { record(.invalid) }
        switch error {
        case .request(let status): throw status
        case .policy(let text): faults.add(policy, invocation.binding, text, reason: "Invalid")
        }
      }
    }
    return true
  }
}

extension PolicySelection.Invocation {
  /// What tells it apart from others of the same request.
  fileprivate var identity: String {
    let metadata = parameter["metadata"]
    let place = "\(metadata?["namespace"]?.string ?? "")/\(metadata?["name"]?.string ?? "")"
    return "\(policy.head.name)/\(binding.name)/\(place)"
  }
}
