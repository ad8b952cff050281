import Values

/// The values that strategies compute for objects of one kind, by `group/Kind`.
enum ComputedDefaults {
  typealias Create = @Sendable (inout Object, Timestamp) -> Void
  /// The new object, the stored one, the subresource (empty for the object itself), the time.
  typealias Update = @Sendable (inout Object, Object, String, Timestamp) -> Void
  typealias Subresource = @Sendable (inout Object, Object) -> Void

  static let onCreate: [String: Create] = [
    "/Namespace": { object, _ in namespace(&object) },
    "/PersistentVolume": { object, now in
      object.edit("status") { $0["lastPhaseTransitionTime"] = .string(now.rfc3339) }
    },
    "/PersistentVolumeClaim": { object, _ in claim(&object) },
    "/Pod": { object, now in pod(&object, now) },
    "apiextensions.k8s.io/CustomResourceDefinition": { object, _ in storedVersion(&object) },
    "apps/DaemonSet": { object, _ in templateGeneration(&object, atLeast: 1) },
    "batch/Job": { object, _ in JobSelector.generate(&object) },
  ]

  static let onUpdate: [String: Update] = [
    "/Namespace": { new, old, part, _ in if part.isEmpty { keepFinalizers(&new, old) } },
    "/PersistentVolume": { new, old, part, now in if part == "status" { phaseTime(&new, old, now) } },
    "/PersistentVolumeClaim": { new, old, part, _ in if part.isEmpty { claim(&new, old) } },
    "/Pod": { new, old, part, _ in
      guard part == "status" else { return }
      let owners = old["metadata"]?["ownerReferences"]
      new.edit("metadata") { $0["ownerReferences"] = owners }
      if let quality = old["status"]?["qosClass"] { new.edit("status") { $0["qosClass"] = quality } }
    },
    "/Service": { new, old, part, _ in if part.isEmpty { ServiceTypeChange.apply(to: &new, old) } },
    "apiextensions.k8s.io/CustomResourceDefinition": { new, _, part, _ in
      if part.isEmpty { storedVersion(&new) }
    },
    "apps/DaemonSet": { new, old, _, _ in
      let known = old["metadata"]?["annotations"]?[templateGenerationKey]?.string.flatMap { Int64($0) } ?? 1
      let isChanged = new["spec"]?["template"] != old["spec"]?["template"]
      templateGeneration(&new, exactly: isChanged ? known &+ 1 : known)
    },
    "certificates.k8s.io/CertificateSigningRequest": { new, old, part, now in
      if !part.isEmpty { SigningRequestConditions.stamp(&new, old, now) }
    },
  ]

  static let onSubresource: [String: Subresource] = [
    "/Namespace/finalize": { new, old in new["status"] = old["status"] },
    "/Pod/ephemeralcontainers": { new, old in
      let added = new["spec"]?["ephemeralContainers"]
      new["spec"] = old["spec"]
      new["status"] = old["status"]
      new.edit("spec") { $0["ephemeralContainers"] = added }
    },
    "/Pod/resize": { new, old in PodResize.keepAllButResources(&new, old) },
    "certificates.k8s.io/CertificateSigningRequest/approval": { new, old in
      let conditions = new["status"]?["conditions"]
      new["spec"] = old["spec"]
      new["status"] = old["status"] ?? .object([:])
      new.edit("status") { $0["conditions"] = conditions }
    },
  ]

  // MARK: - Namespaces

  private static func namespace(_ object: inout Object) {
    let finalizers = object["spec"]?["finalizers"]?.strings ?? []
    if !finalizers.contains("kubernetes") {
      object.setDefault("spec", .object([:]))
      object.edit("spec") { $0["finalizers"] = Value(finalizers + ["kubernetes"]) }
    }
    KindDefaults.namespace(&object)
  }

  private static func keepFinalizers(_ new: inout Object, _ old: Object) {
    let finalizers = old["spec"]?["finalizers"]
    new.setDefault("spec", .object([:]))
    new.edit("spec") { $0["finalizers"] = finalizers }
  }

  // MARK: - Volumes

  /// A claim's source has an older and a newer name; what one says the other says too. The older one knows
  /// claims and snapshots only, the newer one no other namespaces (KEP-1495, KEP-3294).
  private static func claim(_ object: inout Object, _ old: Object? = nil) {
    let before = old?["spec"]
    let hadReference = before?["dataSourceRef"] != nil
    let hadSource = before?["dataSource"] != nil || hadReference
    object.edit("spec") { spec in
      if !hadReference, let namespace = spec["dataSourceRef"]?["namespace"]?.string, !namespace.isEmpty {
        spec.removeValue(forKey: "dataSourceRef")
      }
      if !hadSource, let source = spec["dataSource"], !isClaimOrSnapshot(source) {
        spec.removeValue(forKey: "dataSource")
      }
      if let source = spec["dataSource"], spec.hasNo("dataSourceRef") {
        spec["dataSourceRef"] = source
      } else if let source = spec["dataSourceRef"], spec.hasNo("dataSource"), source["namespace"] == nil {
        spec["dataSource"] = source
      }
    }
  }

  private static func isClaimOrSnapshot(_ source: Value) -> Bool {
    switch (source["apiGroup"]?.string ?? "", source["kind"]?.string) {
    case ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"): true
    default: false
    }
  }

  private static func phaseTime(_ new: inout Object, _ old: Object, _ now: Timestamp) {
    let known = old["status"]?["lastPhaseTransitionTime"]
    let isChanged = new["status"]?["phase"] != old["status"]?["phase"]
    new.edit("status") { status in
      let given = status["lastPhaseTransitionTime"]
      if isChanged, given == nil || given == known {
        status["lastPhaseTransitionTime"] = .string(now.rfc3339)
      }
    }
  }

  // MARK: - Pods

  /// A new pod's quality of service, and the condition that says why it is not scheduled yet.
  private static func pod(_ object: inout Object, _ now: Timestamp) {
    let spec = object["spec"]?.object ?? [:]
    let isGated = spec["schedulingGates"]?.array?.isEmpty == false
    object.edit("status") { status in
      status["qosClass"] = .string(PodResources.qosClass(ofSpec: spec))
      if isGated { status["conditions"] = [gatedCondition(now)] }
    }
  }

  private static func gatedCondition(_ now: Timestamp) -> Value {
    [
      "type": "PodScheduled", "status": "False", "lastProbeTime": .null,
      "lastTransitionTime": .string(now.rfc3339),
      "reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates",
    ]
  }

  // MARK: - Others

  /// The version that objects are stored in is among those that have been.
  private static func storedVersion(_ object: inout Object) {
    let versions = object["spec"]?["versions"]?.array ?? []
    guard let stored = versions.first(where: { $0["storage"]?.bool == true })?["name"]?.string else { return }
    object.edit("status") { status in
      let known = status["storedVersions"]?.strings ?? []
      if !known.contains(stored) { status["storedVersions"] = Value(known + [stored]) }
    }
  }

  private static let templateGenerationKey = WorkloadDefaults.templateGenerationKey

  /// How often the template changed, which apps/v1 keeps in an annotation.
  private static func templateGeneration(
    _ object: inout Object, atLeast least: Int64 = 1, exactly: Int64? = nil
  ) {
    let given = object["metadata"]?["annotations"]?[templateGenerationKey]?.string.flatMap { Int64($0) } ?? 0
    object.edit("metadata") { metadata in
      metadata.setDefault("annotations", .object([:]))
      metadata.edit("annotations") {
        $0[templateGenerationKey] = .string(String(exactly ?? max(given, least)))
      }
    }
  }
}
