import Schema
import Values

/// What is added to a list of warnings.
typealias WarningRule = @Sendable (_ new: Field, _ old: Value?, inout [String]) -> Void

/// Warnings about objects that are accepted (WarningsOnCreate and WarningsOnUpdate of the strategies).
enum KindWarnings {
  static func warnings(for new: Field, old: Value?, _ resource: APIResource) -> [String] {
    if resource.isCustom { return [] }
    var warnings: [String] = []
    table["\(resource.groupVersion.group)/\(resource.kind)"]?(new, old, &warnings)
    return warnings
  }

  private static let table: [String: WarningRule] = [
    "/Pod": { new, old, warnings in
      // Pods change too often, and by machines.
      guard old == nil else { return }
      hostName(new, "the Pod's hostname", &warnings)
      PodWarnings.pod(new, &warnings)
    },
    "/PodTemplate": { new, _, warnings in PodWarnings.template(new["template"], &warnings) },
    "/ReplicationController": { new, old, warnings in
      workload(new, old, template: new["spec"]["template"], &warnings)
    },
    "apps/Deployment": { new, old, warnings in
      workload(new, old, template: new["spec"]["template"], &warnings)
    },
    "apps/ReplicaSet": { new, old, warnings in
      workload(new, old, template: new["spec"]["template"], &warnings)
    },
    "apps/DaemonSet": { new, old, warnings in
      if isChanged(new, old) { PodWarnings.template(new["spec"]["template"], &warnings) }
    },
    "apps/StatefulSet": statefulSet,
    "batch/Job": { new, old, warnings in
      if old == nil { hostName(new, "Pod names and hostnames", &warnings) }
      if isChanged(new, old) { job(new["spec"], &warnings) }
    },
    "batch/CronJob": { new, old, warnings in
      if old == nil { hostName(new, "Pod names and hostnames", &warnings) }
      if isChanged(new, old) { job(new["spec"]["jobTemplate"]["spec"], &warnings) }
      if new["spec"]["schedule"].text.contains("TZ") {
        warnings.append(
          "CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see "
            + "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details")
      }
    },
    "/Service": NetworkWarnings.service,
    "/Endpoints": NetworkWarnings.endpoints,
    "discovery.k8s.io/EndpointSlice": NetworkWarnings.endpointSlice,
    "networking.k8s.io/Ingress": NetworkWarnings.ingress,
    "networking.k8s.io/NetworkPolicy": NetworkWarnings.networkPolicy,
    "/PersistentVolume": StorageWarnings.volume,
    "/PersistentVolumeClaim": StorageWarnings.claim,
    "storage.k8s.io/StorageClass": StorageWarnings.storageClass,
    "storage.k8s.io/CSIStorageCapacity": { new, _, warnings in
      NodeLabelWarnings.selectorExpressions(new["nodeTopology"], &warnings)
    },
    "node.k8s.io/RuntimeClass": { new, _, warnings in
      NodeLabelWarnings.selector(new["scheduling"]["nodeSelector"], &warnings)
    },
    "/Node": NodeLabelWarnings.node,
    "/Secret": { new, _, warnings in SecretWarnings.secret(new, &warnings) },
    "/ServiceAccount": { new, old, warnings in
      let annotation = "kubernetes.io/enforce-mountable-secrets"
      let field = new["metadata"]["annotations"].key(annotation)
      guard field.isSet, old?["metadata"]?["annotations"]?[annotation] == nil else { return }
      warnings.append(
        "\(field.path): deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
      )
    },
  ]

  // MARK: - Workloads

  /// Whether the object is new or its spec changed.
  private static func isChanged(_ new: Field, _ old: Value?) -> Bool {
    old == nil || new["metadata"]["generation"].value != old?["metadata"]?["generation"]
  }

  private static func workload(
    _ new: Field, _ old: Value?, template: Field, _ warnings: inout [String]
  ) {
    if old == nil { hostName(new, "Pod names and hostnames", &warnings) }
    if isChanged(new, old) { PodWarnings.template(template, &warnings) }
  }

  private static func hostName(_ new: Field, _ use: String, _ warnings: inout [String]) {
    let faults = Names.dns1123Label(new["metadata"]["name"].text)
    if faults.isEmpty { return }
    warnings.append(
      "metadata.name: this is used in \(use), which can result in surprising behavior; "
        + "a DNS label is recommended: [\(faults.joined(separator: " "))]")
  }

  private static let statefulSet: WarningRule = { new, old, warnings in
    let spec = new["spec"]
    if isChanged(new, old) {
      PodWarnings.template(spec["template"], &warnings)
      for claim in spec["volumeClaimTemplates"].elements {
        // The paths are the real server's, odd as they are.
        StorageWarnings.claimSpec(
          claim["spec"], at: old == nil ? claim.path : claim.path.child("Spec"), &warnings)
      }
    }
    if spec["revisionHistoryLimit"].number < 0 {
      warnings.append(
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; "
          + "a value >= 0 is recommended")
    }
  }

  private static func job(_ spec: Field, _ warnings: inout [String]) {
    if spec["completionMode"].text == "Indexed", spec["completions"].number > 100_000,
      spec["parallelism"].number > 10_000
    {
      warnings.append(
        "\(spec.path): In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher "
          + "than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
      )
    }
    PodWarnings.template(spec["template"], &warnings)
  }
}
