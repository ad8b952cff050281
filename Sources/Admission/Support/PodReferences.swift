import Values

/// What other objects a pod uses.
enum PodReferences {
  /// The volume sources that take a secret from `secretRef.name`.
  private static let secretReferences = [
    "azureFile", "cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos",
  ]

  static func usesSecrets(_ pod: Value) -> Bool {
    guard let spec = pod["spec"] else { return false }
    if !spec.list("imagePullSecrets").isEmpty { return true }
    if usesInContainers(spec, variable: "secretKeyRef", all: "secretRef") { return true }
    return spec.list("volumes").contains { volume in
      if volume["secret"] != nil || !(volume["azureFile"]?.text("secretName") ?? "").isEmpty { return true }
      if volume["csi"]?["nodePublishSecretRef"] != nil { return true }
      if secretReferences.contains(where: { volume[$0]?["secretRef"] != nil }) { return true }
      return (volume["projected"]?.list("sources") ?? []).contains { $0["secret"] != nil }
    }
  }

  static func usesConfigMaps(_ pod: Value) -> Bool {
    guard let spec = pod["spec"] else { return false }
    if usesInContainers(spec, variable: "configMapKeyRef", all: "configMapRef") { return true }
    return spec.list("volumes").contains { volume in
      volume["configMap"] != nil || projects(volume, "configMap")
    }
  }

  static func usesTrustBundles(_ pod: Value) -> Bool {
    (pod["spec"]?.list("volumes") ?? []).contains { projects($0, "clusterTrustBundle") }
  }

  static func usesClaims(_ pod: Value) -> Bool {
    (pod["spec"]?.list("volumes") ?? []).contains { $0["persistentVolumeClaim"] != nil }
  }

  private static func projects(_ volume: Value, _ source: String) -> Bool {
    (volume["projected"]?.list("sources") ?? []).contains { $0[source] != nil }
  }

  private static func usesInContainers(_ spec: Value, variable: String, all: String) -> Bool {
    spec.containers().contains { container in
      container.list("env").contains { $0["valueFrom"]?[variable] != nil }
        || container.list("envFrom").contains { $0[all] != nil }
    }
  }
}
