import Values

/// The controls that the level restricted adds (Kubernetes documentation, "Pod Security Standards").
extension PodSecurityCheck {
  private typealias Words = PodSecurityWords

  static let restrictedChecks: [PodSecurityCheck] = [
    .init(
      id: "allowPrivilegeEscalation", level: .restricted,
      versions: [(8, privilegeEscalation), (25, exceptWindows(privilegeEscalation))]),
    .init(
      id: "capabilities_restricted", level: .restricted,
      versions: [(22, capabilities), (25, exceptWindows(capabilities))], replaces: "capabilities_baseline"),
    .init(
      id: "procMount_restricted", level: .restricted, versions: [(35, procMount)], replaces: "procMount"),
    .init(
      id: "restrictedVolumes", level: .restricted, versions: [(0, volumes)], replaces: "hostPathVolumes"),
    .init(
      id: "runAsNonRoot", level: .restricted, versions: [(0, nonRoot), (35, exceptUserNamespaces(nonRoot))]),
    .init(
      id: "runAsUser", level: .restricted, versions: [(23, user), (35, exceptUserNamespaces(user))]),
    .init(
      id: "seccompProfile_restricted", level: .restricted,
      versions: [(19, seccomp), (25, exceptWindows(seccomp))], replaces: "seccompProfile_baseline"),
  ]

  /// The volumes that give a pod nothing of its host.
  private static let harmlessVolumes = [
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected",
    "secret",
  ]

  private static func exceptWindows(_ test: @escaping Test) -> Test { { $0.isWindows ? nil : test($0) } }

  @Sendable private static func privilegeEscalation(_ pod: CheckedPod) -> PodSecurityViolation? {
    let names = pod.names { $0["securityContext"]?["allowPrivilegeEscalation"]?.bool != false }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "allowPrivilegeEscalation != false",
      detail: "\(Words.containers(names)) must set securityContext.allowPrivilegeEscalation=false")
  }

  @Sendable private static func capabilities(_ pod: CheckedPod) -> PodSecurityViolation? {
    var added = Set<String>()
    let keeping = pod.names {
      !($0["securityContext"]?["capabilities"]?["drop"]?.strings.contains("ALL") ?? false)
    }
    let adding = pod.names { container in
      let bad = (container["securityContext"]?["capabilities"]?["add"]?.strings ?? [])
        .filter { $0 != "NET_BIND_SERVICE" }
      added.formUnion(bad)
      return !bad.isEmpty
    }
    var details: [String] = []
    if !keeping.isEmpty {
      details.append(#"\#(Words.containers(keeping)) must set securityContext.capabilities.drop=["ALL"]"#)
    }
    if !adding.isEmpty {
      details.append(
        "\(Words.containers(adding)) must not include \(Words.quoted(added.sortedAsBytes())) "
          + "in securityContext.capabilities.add")
    }
    if details.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "unrestricted capabilities", detail: details.joined(separator: "; "))
  }

  @Sendable private static func volumes(_ pod: CheckedPod) -> PodSecurityViolation? {
    var types = Set<String>()
    let names = pod.spec.list("volumes").compactMap { volume -> String? in
      if harmlessVolumes.contains(where: { volume[$0] != nil }) { return nil }
      types.insert(volume.object?.keys.first { $0 != "name" } ?? "unknown")
      return volume.text("name")
    }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "restricted volume types",
      detail: "\(Words.plural("volume", "volumes", names.count)) \(Words.quoted(names)) "
        + "\(Words.plural("uses", "use", names.count)) "
        + "\(Words.plural("restricted volume type", "restricted volume types", types.count)) "
        + Words.quoted(types.sortedAsBytes()))
  }

  @Sendable private static func nonRoot(_ pod: CheckedPod) -> PodSecurityViolation? {
    func says(_ owner: Value) -> Bool? { owner["securityContext"]?["runAsNonRoot"]?.bool }
    let ofPod = says(pod.spec)
    if let setters = Words.setters(pod: ofPod == false, pod.names { says($0) == false }) {
      return PodSecurityViolation(
        reason: "runAsNonRoot != true", detail: "\(setters) must not set securityContext.runAsNonRoot=false")
    }
    let silent = ofPod == true ? [] : pod.names { says($0) == nil }
    if silent.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "runAsNonRoot != true",
      detail: "pod or \(Words.containers(silent)) must set securityContext.runAsNonRoot=true")
  }

  @Sendable private static func user(_ pod: CheckedPod) -> PodSecurityViolation? {
    func isRoot(_ owner: Value) -> Bool { owner["securityContext"]?["runAsUser"]?.int == 0 }
    guard let setters = Words.setters(pod: isRoot(pod.spec), pod.names(where: isRoot)) else { return nil }
    return PodSecurityViolation(reason: "runAsUser=0", detail: "\(setters) must not set runAsUser=0")
  }

  @Sendable private static func seccomp(_ pod: CheckedPod) -> PodSecurityViolation? {
    let profiles = SeccompProfiles(pod)
    return profiles.explicit ?? profiles.missing
  }
}
