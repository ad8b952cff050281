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

  private static let exemptKinds: Set = [
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
  ]

  /// What configures admission is never sent to webhooks: nobody can lock himself out.
  static func isExempt(_ request: AdmissionRequest) -> Bool {
    request.kind.group == "admissionregistration.k8s.io" && exemptKinds.contains(request.kind.kind)
  }

  /// - Parameter request: as earlier webhooks left it.
  /// - Returns: nil where the webhook is not concerned.
  /// - Throws: 404 for a missing namespace, 500 for a selector that can't be read, 403 for a condition that
  ///   can't be evaluated.
  func call(_ hook: AdmissionHook, _ request: AdmissionRequest) async throws(StatusError) -> HookCall? {
    // A hook that is not concerned never fails a request, so that errors wait for the rules.
    let inNamespace = matchesNamespace(hook, request)
    if case .success(false) = inNamespace { return nil }
    let onObject = matchesObject(hook, request)
    if case .success(false) = onObject { return nil }
    guard let call = try ruleMatch(hook, request) else { return nil }
    _ = try inNamespace.get()
    _ = try onObject.get()
    guard !hook.matchConditions.isEmpty, let conditions else { return call }
    var seen = request
    seen.object = try await kinds.convert(request.object, to: call.kind, subresource: request.subresource)
    return try await conditions.matches(hook.matchConditions, seen, call.kind, hook.isIgnoredOnFailure)
      ? call : nil
  }

  private func ruleMatch(
    _ hook: AdmissionHook, _ request: AdmissionRequest
  ) throws(StatusError) -> HookCall? {
    if hook.rules.contains(where: { $0.matches(request, as: request.resource) }) {
      return HookCall(hook: hook, resource: request.resource, kind: request.kind)
    }
    guard hook.matchesEquivalent else { return nil }
    let equivalents = kinds.equivalents(of: request.resource)
    for rule in hook.rules {
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
        return HookCall(hook: hook, resource: name, kind: kind)
      }
    }
    return nil
  }

  // MARK: - Selectors

  private func matchesNamespace(
    _ hook: AdmissionHook, _ request: AdmissionRequest
  ) -> Result<Bool, StatusError> {
    let isNamespace = request.resource.groupResource == .namespaces
    // Other objects of the cluster are never exempt.
    if request.namespace.isEmpty, !isNamespace { return .success(true) }
    let selector: LabelSelector
    switch hook.namespaceSelector {
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
    _ hook: AdmissionHook, _ request: AdmissionRequest
  ) -> Result<Bool, StatusError> {
    switch hook.objectSelector {
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
