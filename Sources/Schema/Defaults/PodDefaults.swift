import Values

/// Defaults of pods and of what they are made of (pkg/apis/core/v1).
enum PodDefaults {
  /// SetDefaults_Pod: what holds for pods and not for the templates of workloads.
  static func pod(_ pod: inout Object) {
    pod.edit("spec") { spec in
      for list in ["containers", "initContainers"] { spec.editEach(list, requestLimits) }
      PodResources.applyDefaults(to: &spec)
      spec.setDefault("enableServiceLinks", true)
      if spec["hostNetwork"]?.bool == true {
        for list in ["containers", "initContainers"] { spec.editEach(list, publishPorts) }
      }
    }
  }

  /// A container requests what it is limited to, unless it says otherwise.
  private static func requestLimits(_ container: inout Object) {
    container.edit("resources") { resources in
      guard let limits = resources["limits"]?.object, !limits.isEmpty else { return }
      resources.setDefault("requests", .object([:]))
      resources.edit("requests") { requests in
        for (name, amount) in limits { requests.setDefault(name, amount) }
      }
    }
  }

  /// In the host's network, a container's ports are the host's.
  private static func publishPorts(_ container: inout Object) {
    container.editEach("ports") { port in
      if port["hostPort"]?.isEmptyValue ?? true, let number = port["containerPort"] {
        port["hostPort"] = number
      }
    }
  }

  /// The two names that the service account of a pod has are one.
  static func podSpec(_ spec: inout Object) {
    let name = spec["serviceAccountName"]?.string ?? spec["serviceAccount"]?.string ?? ""
    if name.isEmpty { return }
    spec["serviceAccountName"] = .string(name)
    spec["serviceAccount"] = .string(name)
  }

  /// The single addresses are the first of the lists.
  static func podStatus(_ status: inout Object) {
    KindDefaults.pair(&status, "podIP", "podIPs", key: "ip")
    if let host = status["hostIP"]?.string, !host.isEmpty {
      status.setDefault("hostIPs", [["ip": .string(host)]])
    }
  }

  static func container(_ container: inout Object) {
    container.setDefault("imagePullPolicy", pullPolicy(container["image"]?.string ?? ""))
  }

  /// SetDefaults_Volume: a volume without a source is an empty directory.
  static func volume(_ volume: inout Object) {
    if volume.count == 1, volume.contains("name") { volume["emptyDir"] = .object([:]) }
    volume.edit("image") { image in
      image.setDefault("pullPolicy", pullPolicy(image["reference"]?.string ?? ""))
    }
  }

  private static func pullPolicy(_ image: String) -> Value {
    ImageReference.tag(of: image) == "latest" ? "Always" : "IfNotPresent"
  }
}
