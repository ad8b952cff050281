import Schema
import Store
import Values

/// A webhook that is to be called, and as what it sees the request.
struct HookCall: Sendable {
  var hook: AdmissionHook
  var resource: GroupVersionResource
  var kind: GroupVersionKind
}

/// Tells which webhooks a request goes to (Kubernetes documentation, "Dynamic Admission Control", "Matching
/// requests").
struct HookSelection: Sendable {
  let store: ObjectStore
  let kinds: any AdmissionKinds
  let conditions: (any MatchConditions)?
  let measures: ConditionMeasures

  private static let exemptKinds: Set = [
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
  ]

  /// What configures admission is never sent to webhooks: nobody can lock himself out.
  static func isExempt(_ request: AdmissionRequest) -> Bool {
    request.kind.group == "admissionregistration.k8s.io" && exemptKinds.contains(request.kind.kind)
  }

  /// - Parameters:
  ///   - request: as earlier webhooks left it.
  ///   - step: which kind of webhook it is.
  /// - Returns: nil where the webhook is not concerned.
  /// - Throws: 404 for a missing namespace, 500 for a selector that can't be read, 403 for a condition that
  ///   can't be evaluated.
  func call(
    _ hook: AdmissionHook, _ request: AdmissionRequest, _ step: HookMeasures.Step
  ) async throws(StatusError) -> HookCall? {
    guard !hook.matching.rules.isEmpty, let match = try match(hook.matching, request) else { return nil }
    let call = HookCall(hook: hook, resource: match.resource, kind: match.kind)
    guard !hook.matchConditions.isEmpty, let conditions else { return call }
    var seen = request
    seen.object = try await kinds.convert(request.object, to: call.kind, subresource: request.subresource)
    let subject = ConditionMeasures.Subject(name: hook.name, kind: "webhook", type: step.rawValue)
    let start = ContinuousClock.now
    func record(_ outcome: ConditionMeasures.Outcome) {
      measures.record(subject, request.operation, outcome, elapsed: start.duration(to: .now))
    }
    do throws(StatusError) {
      let isMatch = try await conditions.matches(hook.matchConditions, seen, call.kind, false)
      record(isMatch ? .matches : .excluded)
      return isMatch ? call : nil
    } catch {
      record(.failed)
      if hook.isIgnoredOnFailure { return nil }
      throw error
    }
  }

  /// As what a request is seen.
  typealias Match = (resource: GroupVersionResource, kind: GroupVersionKind)

  /// - Returns: nil where what matches is not concerned; without rules every request is.
  /// - Throws: 404 for a missing namespace, 500 for a selector that can't be read.
  func match(_ matching: MatchResources, _ request: AdmissionRequest) throws(StatusError) -> Match? {
    // What is not concerned never fails a request, so that errors wait for the rules.
    let inNamespace = matchesNamespace(matching, request)
    if case .success(false) = inNamespace { return nil }
    let onObject = matchesObject(matching, request)
    if case .success(false) = onObject { return nil }
    if try ruleMatch(matching.excludedRules, matching, request) != nil { return nil }
    var match: Match? = (request.resource, request.kind)
    if !matching.rules.isEmpty { match = try ruleMatch(matching.rules, matching, request) }
    guard let match else { return nil }
    _ = try inNamespace.get()
    _ = try onObject.get()
    return match
  }

  private func ruleMatch(
    _ rules: [HookRule], _ matching: MatchResources, _ request: AdmissionRequest
  ) throws(StatusError) -> Match? {
    if rules.contains(where: { $0.matches(request, as: request.resource) }) {
      return (request.resource, request.kind)
    }
    guard matching.matchesEquivalent, !rules.isEmpty else { return nil }
    let equivalents = kinds.equivalents(of: request.resource).filter {
      request.subresource.isEmpty || $0.subresource(request.subresource) != nil
    }
    for rule in rules {
      for resource in equivalents where resource.groupVersionResource != request.resource {
        let name = resource.groupVersionResource
        guard rule.matches(request, as: name) else { continue }
        let kind =
          request.subresource.isEmpty
          ? resource.groupVersionKind : resource.subresource(request.subresource)?.kind
        guard let kind else {
          throw .internalError(
            "unable to convert to \(name.group)/\(name.version), Resource=\(name.resource): unknown kind")
        }
        return (name, kind)
      }
    }
    return nil
  }

  // MARK: - Selectors

  private func matchesNamespace(
    _ matching: MatchResources, _ request: AdmissionRequest
  ) -> Result<Bool, StatusError> {
    let isNamespace = request.resource.groupResource == .namespaces
    // Other objects of the cluster are never exempt.
    if request.namespace.isEmpty, !isNamespace { return .success(true) }
    let selector: LabelSelector
    switch matching.namespaceSelector {
    case .failure(let error): return .failure(.internalError(error.message))
    case .success(let read): selector = read
    }
    if selector.isEmpty { return .success(true) }
    // A namespace that is being made or changed goes by the labels that it is to have.
    if isNamespace, request.subresource.isEmpty, let object = request.object {
      return .success(selector.matches(labels: object["metadata"]?["labels"]?.object))
    }
    let name = isNamespace ? request.name : request.namespace
    guard let namespace = store.get(.namespaces, ObjectKey(name: name)) else {
      return .failure(.notFound(.namespaces, name))
    }
    return .success(selector.matches(labels: namespace.value["metadata"]?["labels"]?.object))
  }

  private func matchesObject(
    _ matching: MatchResources, _ request: AdmissionRequest
  ) -> Result<Bool, StatusError> {
    switch matching.objectSelector {
    case .failure(let error): return .failure(.internalError(error.message))
    case .success(let selector):
      if selector.isEmpty { return .success(true) }
      func matches(_ object: Value?) -> Bool {
        guard let object, !object.isNull else { return false }
        return selector.matches(labels: object["metadata"]?["labels"]?.object)
      }
      return .success(matches(request.object) || matches(request.oldObject))
    }
  }
}
