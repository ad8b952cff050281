import Schema
import Store
import Values

/// Holds pods to the level that their namespace's labels name, and tells of what would be refused
/// (Kubernetes documentation, "Pod Security Admission").
struct PodSecurity: ValidatingAdmissionPlugin {
  let name = "PodSecurity"
  let store: ObjectStore
  let configuration: PodSecurityConfiguration
  let measures: PodSecurityMeasures

  /// What makes pods, with the path to the pod's template.
  private static let templates: [GroupResource: [String]] = [
    GroupResource(group: "", resource: "podtemplates"): ["template"],
    GroupResource(group: "", resource: "replicationcontrollers"): ["spec", "template"],
    GroupResource(group: "apps", resource: "replicasets"): ["spec", "template"],
    GroupResource(group: "apps", resource: "deployments"): ["spec", "template"],
    GroupResource(group: "apps", resource: "statefulsets"): ["spec", "template"],
    GroupResource(group: "apps", resource: "daemonsets"): ["spec", "template"],
    GroupResource(group: "batch", resource: "jobs"): ["spec", "template"],
    GroupResource(group: "batch", resource: "cronjobs"): ["spec", "jobTemplate", "spec", "template"],
  ]
  /// The parts of a pod that change nothing of what it may do.
  private static let ignoredSubresources: Set = [
    "exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status",
  ]

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard let object = request.object else { return }
    let resource = request.resource.groupResource
    if resource == .namespaces {
      if request.subresource.isEmpty { try checkNamespace(object, request) }
    } else if resource == .pods {
      if Self.ignoredSubresources.contains(request.subresource) { return }
      if request.operation == .update, let old = request.oldObject, !Self.isSignificant(object, old) {
        return
      }
      try check(object, request, isPod: true)
    } else if let path = Self.templates[resource], request.subresource.isEmpty {
      var template: Value? = object
      for key in path { template = template?[key] }
      if let template { try check(template, request, isPod: false) }
    }
  }

  // MARK: - Pods

  private func check(_ pod: Value, _ request: AdmissionRequest, isPod: Bool) throws(StatusError) {
    if let exemption = exemption(of: pod, request) {
      request.annotate("pod-security.kubernetes.io/exempt", exemption)
      measures.exempted(request)
      return
    }
    guard let namespace = store.get(.namespaces, ObjectKey(name: request.namespace))?.value else {
      measures.failed(isFatal: true, request)
      throw .internalError("failed to lookup namespace \(FieldError.quoted(request.namespace))")
    }
    let (policy, errors) = PodSecurityPolicy.parse(
      labels: namespace["metadata"]?["labels"]?.object, defaults: configuration.defaults)
    if !errors.isEmpty {
      measures.failed(isFatal: false, request)
      request.annotate(
        "pod-security.kubernetes.io/error", "Failed to parse policy: \(aggregated(errors.map(\.description)))"
      )
    }
    let checked = CheckedPod(pod)
    var isRefused: String?
    if isPod {
      request.annotate("pod-security.kubernetes.io/enforce-policy", "\(policy.enforce)")
      isRefused = Self.violation(checked, policy.enforce)
      measures.evaluated(policy.enforce, "enforce", isAllowed: isRefused == nil, request)
    }
    if let found = Self.violation(checked, policy.audit) {
      measures.evaluated(policy.audit, "audit", isAllowed: false, request)
      request.annotate("pod-security.kubernetes.io/audit-violations", "would violate PodSecurity \(found)")
    }
    if let isRefused { throw request.forbidden("violates PodSecurity \(isRefused)") }
    if let found = Self.violation(checked, policy.warn) {
      measures.evaluated(policy.warn, "warn", isAllowed: false, request)
      request.warn("would violate PodSecurity \(found)")
    }
  }

  /// `"restricted:latest": privileged (container …), …`, or nil where the pod meets the level.
  private static func violation(_ pod: CheckedPod, _ rule: PodSecurityRule) -> String? {
    let violations = PodSecurityCheck.violations(pod, rule)
    if violations.isEmpty { return nil }
    return "\"\(rule)\": \(violations.map(\.description).joined(separator: ", "))"
  }

  private func exemption(of pod: Value, _ request: AdmissionRequest) -> String? {
    if configuration.exemptNamespaces.contains(request.namespace) { return "namespace" }
    if configuration.exemptUsernames.contains(request.user.name) { return "user" }
    guard let runtime = pod["spec"]?["runtimeClassName"]?.string else { return nil }
    return configuration.exemptRuntimeClasses.contains(runtime) ? "runtimeClass" : nil
  }

  /// Whether an update changes anything that can change after the pod is made and that the levels look at.
  private static func isSignificant(_ new: Value, _ old: Value) -> Bool {
    let podKey = "seccomp.security.alpha.kubernetes.io/pod"
    if new.annotation(podKey) != old.annotation(podKey) { return true }
    func isChanged(_ a: Value, _ b: Value) -> Bool {
      let key = "container.seccomp.security.alpha.kubernetes.io/\(a.text("name"))"
      return a.text("image") != b.text("image") || new.annotation(key) != old.annotation(key)
    }
    for list in [ContainerList.containers, .initContainers] {
      let (now, before) = (new["spec"]?.containers([list]) ?? [], old["spec"]?.containers([list]) ?? [])
      if now.count != before.count || zip(now, before).contains(where: isChanged) { return true }
    }
    let before = old["spec"]?.containers([.ephemeralContainers]) ?? []
    return (new["spec"]?.containers([.ephemeralContainers]) ?? []).contains { container in
      guard let same = before.first(where: { $0.text("name") == container.text("name") }) else { return true }
      return isChanged(container, same)
    }
  }

  // MARK: - Namespaces

  private func checkNamespace(_ namespace: Value, _ request: AdmissionRequest) throws(StatusError) {
    let (policy, errors) = PodSecurityPolicy.parse(
      labels: namespace["metadata"]?["labels"]?.object, defaults: configuration.defaults)
    let isUpdate = request.operation == .update
    let (oldPolicy, oldErrors) = PodSecurityPolicy.parse(
      labels: isUpdate ? request.oldObject?["metadata"]?["labels"]?.object : nil,
      defaults: configuration.defaults)
    if !errors.isEmpty, !isUpdate || errors != oldErrors {
      throw .invalid(GroupKind(group: "", kind: "Namespace"), request.shownName, errors)
    }
    if configuration.exemptNamespaces.contains(request.shownName) {
      if policy != oldPolicy, !policy.summary.isEmpty {
        request.warn(
          "namespace \(FieldError.quoted(request.shownName)) is exempt from Pod Security, "
            + "and the policy (\(policy.summary)) will be ignored")
      }
      return
    }
    let (new, old) = (policy.enforce, oldPolicy.enforce)
    guard isUpdate, new != old, new.level != .privileged else { return }
    if new.version == old.version, new.level <= old.level { return }
    for warning in ExistingPods.warnings(request.name, new, store, configuration) { request.warn(warning) }
  }
}
