import Store
import Values

/// Something that a node may read because one of its pods uses it.
enum NodeDependency: Hashable {
  case pod(ObjectKey)
  case secret(ObjectKey)
  case configMap(ObjectKey)
  case persistentVolumeClaim(ObjectKey)
  case resourceClaim(ObjectKey)
  case serviceAccount(ObjectKey)
}

/// What pods and volumes refer to.
enum NodeReferences {
  private static let mirrorAnnotation = "kubernetes.io/config.mirror"

  /// Where a volume names a Secret, by the key of its source.
  private static let volumeSecrets: [(source: String, path: [String])] = [
    ("secret", ["secretName"]), ("azureFile", ["secretName"]), ("cephfs", ["secretRef", "name"]),
    ("cinder", ["secretRef", "name"]), ("flexVolume", ["secretRef", "name"]), ("rbd", ["secretRef", "name"]),
    ("scaleIO", ["secretRef", "name"]),
    ("iscsi", ["secretRef", "name"]), ("storageos", ["secretRef", "name"]),
    ("csi", ["nodePublishSecretRef", "name"]),
  ]

  /// The members of a persistent volume's source that refer to a Secret for nodes: those for controllers
  /// (`controllerPublishSecretRef`, `controllerExpandSecretRef` of `csi`) are none of a kubelet's business.
  private static let persistentSecrets: [(source: String, member: String)] = [
    ("cephfs", "secretRef"), ("cinder", "secretRef"), ("flexVolume", "secretRef"), ("rbd", "secretRef"),
    ("scaleIO", "secretRef"), ("iscsi", "secretRef"), ("storageos", "secretRef"),
    ("csi", "nodePublishSecretRef"), ("csi", "nodeStageSecretRef"), ("csi", "nodeExpandSecretRef"),
  ]

  /// Everything that a pod uses, itself included. A mirror pod was made by its node and gives it nothing.
  static func dependencies(ofPod pod: Value, _ key: ObjectKey) -> Set<NodeDependency> {
    var found: Set<NodeDependency> = [.pod(key)]
    if pod[path: "metadata", "annotations", mirrorAnnotation] != nil { return found }
    let spec = pod["spec"]
    func local(_ name: Value?) -> ObjectKey? {
      guard let name = name?.string, !name.isEmpty else { return nil }
      return ObjectKey(namespace: key.namespace, name: name)
    }
    func add(_ name: Value?, _ make: (ObjectKey) -> NodeDependency) {
      if let target = local(name) { found.insert(make(target)) }
    }
    add(spec?["serviceAccountName"], NodeDependency.serviceAccount)
    for pull in spec?["imagePullSecrets"]?.array ?? [] { add(pull["name"], NodeDependency.secret) }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
      for container in spec?[list]?.array ?? [] {
        for source in container["envFrom"]?.array ?? [] {
          add(source[path: "secretRef", "name"], NodeDependency.secret)
          add(source[path: "configMapRef", "name"], NodeDependency.configMap)
        }
        for variable in container["env"]?.array ?? [] {
          add(variable[path: "valueFrom", "secretKeyRef", "name"], NodeDependency.secret)
          add(variable[path: "valueFrom", "configMapKeyRef", "name"], NodeDependency.configMap)
        }
      }
    }
    for volume in spec?["volumes"]?.array ?? [] {
      for entry in volumeSecrets {
        add(entry.path.reduce(volume[entry.source]) { $0?[$1] }, NodeDependency.secret)
      }
      add(volume[path: "configMap", "name"], NodeDependency.configMap)
      for source in volume[path: "projected", "sources"]?.array ?? [] {
        add(source[path: "secret", "name"], NodeDependency.secret)
        add(source[path: "configMap", "name"], NodeDependency.configMap)
      }
      add(volume[path: "persistentVolumeClaim", "claimName"], NodeDependency.persistentVolumeClaim)
      if volume["ephemeral"]?.object != nil, let name = volume["name"]?.string {
        add(.string("\(key.name)-\(name)"), NodeDependency.persistentVolumeClaim)
      }
    }
    for claim in spec?["resourceClaims"]?.array ?? [] {
      add(claim["resourceClaimName"], NodeDependency.resourceClaim)
    }
    for claim in pod[path: "status", "resourceClaimStatuses"]?.array ?? [] {
      add(claim["resourceClaimName"], NodeDependency.resourceClaim)
    }
    add(pod[path: "status", "extendedResourceClaimStatus", "resourceClaimName"], NodeDependency.resourceClaim)
    return found
  }

  /// The claim that a persistent volume is bound to.
  static func claim(ofVolume volume: Value) -> ObjectKey? {
    guard let reference = volume[path: "spec", "claimRef"], let name = reference["name"]?.string,
      !name.isEmpty
    else { return nil }
    return ObjectKey(namespace: reference["namespace"]?.string ?? "", name: name)
  }

  /// The Secrets that a persistent volume is mounted with; without a namespace they are in the claim's.
  static func secrets(ofVolume volume: Value, claim: ObjectKey) -> Set<ObjectKey> {
    var found = Set<ObjectKey>()
    func add(_ name: Value?, _ namespace: Value?) {
      guard let name = name?.string, !name.isEmpty else { return }
      let own = namespace?.string ?? ""
      found.insert(ObjectKey(namespace: own.isEmpty ? claim.namespace : own, name: name))
    }
    let spec = volume["spec"]
    add(spec?[path: "azureFile", "secretName"], spec?[path: "azureFile", "secretNamespace"])
    for entry in persistentSecrets {
      let reference = spec?[path: entry.source, entry.member]
      add(reference?["name"], reference?["namespace"])
    }
    return found
  }
}
