/// The fields that an endpoint sets back, so that writing them there makes nobody their owner: the status
/// in a write of an object, all but the status in a write of its status (what the strategies of
/// kube-apiserver's registries say in GetResetFields).
public enum ResetFields: Sendable {
  /// All but these fields, and what is below them, may be owned.
  case excluding(FieldSet)
  /// Only these fields, and what is below them, may be owned. Nil stands for any element.
  case only([[PathElement?]])

  public static let none = ResetFields.excluding(FieldSet())

  /// The fields that the endpoint of a built-in kind sets back.
  /// - Parameter subresource: empty for the object itself.
  public static func of(_ kind: GroupKind, subresource: String = "") -> ResetFields {
    if kind.group.isEmpty, kind.kind == "Pod", let paths = podPaths[subresource] {
      return .only(paths.map { $0.map { $0.isEmpty ? nil : .field($0) } })
    }
    if let paths = exceptions["\(kind)/\(subresource)"] { return excluding(paths) }
    guard kindsWithStatus[kind.group]?.contains(kind.kind) == true else { return .none }
    switch subresource {
    case "", "finalize": return excluding(["status"])
    case "status": return excluding(["spec"])
    default: return .none
    }
  }

  /// The fields that the endpoint of a custom kind sets back.
  /// - Parameter hasStatus: the CustomResourceDefinition declares the status subresource.
  public static func ofCustomResource(subresource: String = "", hasStatus: Bool) -> ResetFields {
    if subresource == "status" { return excluding(["spec"]) }
    return subresource.isEmpty && hasStatus ? excluding(["status"]) : .none
  }

  private static func excluding(_ paths: [String]) -> ResetFields {
    .excluding(FieldSet(paths: paths.map { $0.split(separator: ".").map { .field(String($0)) } }))
  }

  private static let kindsWithStatus: [String: Set<String>] = [
    "": [
      "Namespace", "Node", "PersistentVolume", "PersistentVolumeClaim", "Pod", "ReplicationController",
      "ResourceQuota", "Service",
    ],
    "admissionregistration.k8s.io": ["ValidatingAdmissionPolicy"],
    "apiextensions.k8s.io": ["CustomResourceDefinition"],
    "apiregistration.k8s.io": ["APIService"],
    "apps": ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
    "autoscaling": ["HorizontalPodAutoscaler"],
    "batch": ["CronJob", "Job"],
    "certificates.k8s.io": ["CertificateSigningRequest", "PodCertificateRequest"],
    "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
    "internal.apiserver.k8s.io": ["StorageVersion"],
    "networking.k8s.io": ["Ingress", "ServiceCIDR"],
    "policy": ["PodDisruptionBudget"],
    "resource.k8s.io": ["ResourceClaim"],
    "storage.k8s.io": ["VolumeAttachment"],
    "storagemigration.k8s.io": ["StorageVersionMigration"],
  ]

  /// By kind and subresource, where it is not the status or the spec alone.
  private static let exceptions: [String: [String]] = [
    "APIService.apiregistration.k8s.io/status": ["metadata", "spec"],
    "CertificateSigningRequest.certificates.k8s.io/": ["spec", "status"],
    "CertificateSigningRequest.certificates.k8s.io/approval": ["spec", "status.certificate"],
    "CertificateSigningRequest.certificates.k8s.io/status": ["spec", "status.conditions"],
    "CustomResourceDefinition.apiextensions.k8s.io/status": ["metadata", "spec"],
    "Deployment.apps/status": ["metadata.labels", "spec"],
    "FlowSchema.flowcontrol.apiserver.k8s.io/status": ["metadata", "spec"],
    "Pod/status": ["metadata.deletionTimestamp", "metadata.ownerReferences", "spec"],
    "PodCertificateRequest.certificates.k8s.io/status": ["spec", "status.conditions"],
    "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io/status": ["metadata", "spec"],
    "ResourceClaim.resource.k8s.io/status": ["metadata", "spec"],
    "ValidatingAdmissionPolicy.admissionregistration.k8s.io/status": ["metadata", "spec"],
    "VolumeAttachment.storage.k8s.io/status": ["metadata", "spec"],
  ]

  /// The subresources of pods that change a few fields only; an empty name stands for any element.
  private static let podPaths: [String: [[String]]] = [
    "ephemeralcontainers": [["spec", "ephemeralContainers"]],
    "resize": [
      ["spec", "containers", "", "resources"], ["spec", "containers", "", "resizePolicy"],
      ["spec", "initContainers", "", "resources"], ["spec", "initContainers", "", "resizePolicy"],
    ],
  ]

  /// The part of the set that may be owned.
  func filter(_ set: FieldSet) -> FieldSet {
    switch self {
    case .excluding(let fields): set.recursiveDifference(fields)
    case .only(let patterns): set.matching(patterns.map { $0[...] })
    }
  }
}

extension FieldSet {
  /// The fields at the ends of the patterns and below them; nil stands for any element.
  fileprivate func matching(_ patterns: [ArraySlice<PathElement?>]) -> FieldSet {
    if patterns.contains(where: \.isEmpty) { return self }
    func rest(after element: PathElement) -> [ArraySlice<PathElement?>] {
      patterns.compactMap { pattern in
        guard let first = pattern.first, first == nil || first == element else { return nil }
        return pattern.dropFirst()
      }
    }
    let children = self.children.map {
      Child(element: $0.element, set: $0.set.matching(rest(after: $0.element)))
    }
    return FieldSet(members: members.filter { !rest(after: $0).isEmpty }, children: children)
  }
}
