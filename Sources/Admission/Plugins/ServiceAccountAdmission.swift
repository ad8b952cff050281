import Schema
import Store
import Values

/// The plugin ServiceAccount: gives each pod its service account, the account's token in a projected volume,
/// and the account's image pull secrets (Kubernetes documentation, "Configure Service Accounts for Pods").
struct ServiceAccountAdmission: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "ServiceAccount"
  let store: ObjectStore

  private static let pods = GroupResource(group: "", resource: "pods")
  private static let accounts = GroupResource(group: "", resource: "serviceaccounts")
  private static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
  private static let volumePrefix = "kube-api-access-"
  private static let mirrorAnnotation = "kubernetes.io/config.mirror"
  private static let mountableAnnotation = "kubernetes.io/enforce-mountable-secrets"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  private func concerns(_ request: AdmissionRequest) -> Bool {
    request.resource.groupResource == Self.pods && request.object != nil
      && (request.operation == .create ? request.subresource.isEmpty : request.subresource == "ephemeralcontainers")
  }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard concerns(request), request.operation == .create, var pod = request.object else { return }
    // A static pod's mirror shows what runs already.
    if Self.isMirror(pod) { return try check(request) }
    if (pod["spec"]?["serviceAccountName"]?.string ?? "").isEmpty {
      pod.set("default", at: ["spec", "serviceAccountName"])
      pod.set("default", at: ["spec", "serviceAccount"])
    }
    let account = try self.account(of: pod, request)
    if Self.mountsToken(pod, account) { Self.mountToken(in: &pod) }
    if (pod["spec"]?["imagePullSecrets"]?.array ?? []).isEmpty,
      let secrets = account["imagePullSecrets"]?.array, !secrets.isEmpty
    {
      pod.set(.array(secrets), at: ["spec", "imagePullSecrets"])
    }
    request.object = pod
    try check(request)
  }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard concerns(request) else { return }
    try check(request)
  }

  // MARK: - Checks

  private func check(_ request: AdmissionRequest) throws(StatusError) {
    guard let pod = request.object else { return }
    if Self.isMirror(pod) { return try checkMirror(pod, request) }
    let account = try self.account(of: pod, request)
    guard account["metadata"]?["annotations"]?[Self.mountableAnnotation]?.string == "true" else { return }
    try MountableSecrets(account: account).check(pod, request)
  }

  private func checkMirror(_ pod: Value, _ request: AdmissionRequest) throws(StatusError) {
    if !(pod["spec"]?["serviceAccountName"]?.string ?? "").isEmpty {
      throw request.forbidden("a mirror pod may not reference service accounts")
    }
    if MountableSecrets.references(pod).isEmpty == false {
      throw request.forbidden("a mirror pod may not reference secrets")
    }
    for volume in pod["spec"]?["volumes"]?.array ?? [] {
      for source in volume["projected"]?["sources"]?.array ?? [] where source["serviceAccountToken"] != nil {
        throw request.forbidden("a mirror pod may not use ServiceAccountToken volume projections")
      }
    }
  }

  private static func isMirror(_ pod: Value) -> Bool {
    pod["metadata"]?["annotations"]?[mirrorAnnotation] != nil
  }

  private func account(of pod: Value, _ request: AdmissionRequest) throws(StatusError) -> Value {
    let name = pod["spec"]?["serviceAccountName"]?.string ?? ""
    guard let account = store.get(Self.accounts, ObjectKey(namespace: request.namespace, name: name)) else {
      throw request.forbidden(
        "error looking up service account \(request.namespace)/\(name): serviceaccount \(FieldError.quoted(name)) not found")
    }
    return account.value
  }

  // MARK: - The token

  private static func mountsToken(_ pod: Value, _ account: Value) -> Bool {
    pod["spec"]?["automountServiceAccountToken"]?.bool ?? account["automountServiceAccountToken"]?.bool ?? true
  }

  private static func mountToken(in pod: inout Value) {
    let volumes = pod["spec"]?["volumes"]?.array ?? []
    let existing = volumes.lazy.compactMap { $0["name"]?.string }.first { $0.hasPrefix(volumePrefix) }
    let name = existing ?? volumePrefix + RandomText.suffix(5)
    var isNeeded = false
    for list in ["initContainers", "containers"] {
      guard var containers = pod["spec"]?[list]?.array else { continue }
      for index in containers.indices {
        var mounts = containers[index]["volumeMounts"]?.array ?? []
        if mounts.contains(where: { $0["mountPath"]?.string == mountPath }) { continue }
        mounts.append(["name": .string(name), "readOnly": true, "mountPath": .string(mountPath)])
        containers[index].set(.array(mounts), at: ["volumeMounts"])
        isNeeded = true
      }
      pod.set(.array(containers), at: ["spec", list])
    }
    guard isNeeded, existing == nil else { return }
    pod.set(.array(volumes + [tokenVolume(name)]), at: ["spec", "volumes"])
  }

  private static func tokenVolume(_ name: String) -> Value {
    [
      "name": .string(name),
      "projected": [
        "sources": [
          ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
          ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
          [
            "downwardAPI": [
              "items": [
                ["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]
              ]
            ]
          ],
        ],
        "defaultMode": 420,
      ],
    ]
  }
}
