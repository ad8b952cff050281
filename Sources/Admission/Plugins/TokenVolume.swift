import Values

/// The volume with a service account's token, the cluster's root certificates and the namespace's name.
enum TokenVolume {
  static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
  static let prefix = "kube-api-access-"
  /// An hour and seven seconds: tokens that clients do not renew in time are told apart by the number.
  static let expirationSeconds: Int64 = 3607

  /// Mounts the volume in each container that has nothing else at its path. A volume whose name has the
  /// prefix is taken as it is.
  static func mount(in pod: inout Value) {
    let volumes = pod["spec"]?.list("volumes") ?? []
    let existing = volumes.lazy.map { $0.text("name") }.first { $0.hasPrefix(prefix) }
    let name = existing ?? prefix + RandomText.suffix(5)
    var isNeeded = false
    for list in [ContainerList.initContainers, .containers] {
      pod["spec"]?.editContainers(list) { container in
        var mounts = container.list("volumeMounts")
        if mounts.contains(where: { $0.text("mountPath") == mountPath }) { return }
        mounts.append(["name": .string(name), "readOnly": true, "mountPath": .string(mountPath)])
        container["volumeMounts"] = .array(mounts)
        isNeeded = true
      }
    }
    guard isNeeded, existing == nil else { return }
    pod.set(.array(volumes + [volume(name)]), at: ["spec", "volumes"])
  }

  private static func volume(_ name: String) -> Value {
    let namespace: Value = ["apiVersion": "v1", "fieldPath": "metadata.namespace"]
    return [
      "name": .string(name),
      "projected": [
        "sources": [
          ["serviceAccountToken": ["expirationSeconds": .int(expirationSeconds), "path": "token"]],
          ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
          ["downwardAPI": ["items": [["path": "namespace", "fieldRef": namespace]]]],
        ],
        "defaultMode": 420,
      ],
    ]
  }
}
