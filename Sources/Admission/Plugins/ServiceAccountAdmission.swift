import Schema
import Store
import Values

/// The plugin ServiceAccount: gives each pod its service account, the account's token in a projected volume,
/// and the account's image pull secrets (Kubernetes documentation, "Configure Service Accounts for Pods").
struct ServiceAccountAdmission: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "ServiceAccount"
  let store: ObjectStore

  private static let mountableAnnotation = "kubernetes.io/enforce-mountable-secrets"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.pods), request.operation == .create, var pod = request.object else { return }
    // A static pod's mirror shows what runs already.
    if pod.isMirrorPod { return try check(pod, request) }
    if (pod["spec"]?.text("serviceAccountName") ?? "").isEmpty {
      pod.set("default", at: ["spec", "serviceAccountName"])
      pod.set("default", at: ["spec", "serviceAccount"])
    }
    let account = try self.account(of: pod, request)
    if Self.mountsToken(pod, account) { TokenVolume.mount(in: &pod) }
    if (pod["spec"]?.list("imagePullSecrets") ?? []).isEmpty {
      let secrets = account.list("imagePullSecrets")
      if !secrets.isEmpty { pod.set(.array(secrets), at: ["spec", "imagePullSecrets"]) }
    }
    request.object = pod
    try check(pod, request)
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    let isNew = request.operation == .create && request.concerns(.pods)
    let addsDebugger = request.operation == .update && request.concerns(.pods, "ephemeralcontainers")
    guard let pod = request.object, isNew || addsDebugger else { return }
    try check(pod, request, onlyDebuggers: addsDebugger)
  }

  private static func mountsToken(_ pod: Value, _ account: Value) -> Bool {
    pod["spec"]?["automountServiceAccountToken"]?.bool ?? account["automountServiceAccountToken"]?.bool
      ?? true
  }

  private func account(of pod: Value, _ request: AdmissionRequest) throws(StatusError) -> Value {
    let name = pod["spec"]?.text("serviceAccountName") ?? ""
    if let account = store.get(.serviceAccounts, ObjectKey(namespace: request.namespace, name: name)) {
      return account.value
    }
    throw request.forbidden(
      "error looking up service account \(request.namespace)/\(name): "
        + "serviceaccount \(FieldError.quoted(name)) not found")
  }

  // MARK: - Checks

  private func check(
    _ pod: Value, _ request: AdmissionRequest, onlyDebuggers: Bool = false
  ) throws(StatusError) {
    if pod.isMirrorPod { return try checkMirror(pod, request) }
    let account = try self.account(of: pod, request)
    guard account.annotation(Self.mountableAnnotation) == "true" else { return }
    let mountable = MountableSecrets(account: account)
    let problem =
      onlyDebuggers ? mountable.problem(of: pod, [.ephemeralContainers]) : mountable.problem(ofPod: pod)
    if let problem { throw request.forbidden(problem) }
  }

  private func checkMirror(_ pod: Value, _ request: AdmissionRequest) throws(StatusError) {
    if !(pod["spec"]?.text("serviceAccountName") ?? "").isEmpty {
      throw request.forbidden("a mirror pod may not reference service accounts")
    }
    if PodReferences.usesSecrets(pod) { throw request.forbidden("a mirror pod may not reference secrets") }
    for volume in pod["spec"]?.list("volumes") ?? [] {
      for source in volume["projected"]?.list("sources") ?? [] where source["serviceAccountToken"] != nil {
        throw request.forbidden("a mirror pod may not use ServiceAccountToken volume projections")
      }
    }
  }
}
