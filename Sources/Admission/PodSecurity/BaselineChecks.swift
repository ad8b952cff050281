import Schema
import Values

/// The controls of the level baseline (Kubernetes documentation, "Pod Security Standards").
extension PodSecurityCheck {
  private typealias Words = PodSecurityWords

  static let baselineChecks: [PodSecurityCheck] = [
    .init(id: "appArmorProfile", level: .baseline, versions: [(0, appArmor)]),
    .init(id: "capabilities_baseline", level: .baseline, versions: [(0, capabilities)]),
    .init(id: "hostNamespaces", level: .baseline, versions: [(0, hostNamespaces)]),
    .init(id: "hostPathVolumes", level: .baseline, versions: [(0, hostPathVolumes)]),
    .init(id: "hostPorts", level: .baseline, versions: [(0, hostPorts)]),
    .init(id: "hostProbesAndHostLifecycle", level: .baseline, versions: [(34, probeHosts)]),
    .init(id: "privileged", level: .baseline, versions: [(0, privileged)]),
    .init(
      id: "procMount", level: .baseline,
      versions: [(0, procMount), (35, exceptUserNamespaces(procMount))]),
    .init(
      id: "seLinuxOptions", level: .baseline,
      versions: [
        (0, seLinux(allowing: seLinuxTypes)),
        (31, seLinux(allowing: seLinuxTypes.union(["container_engine_t"]))),
      ]),
    .init(
      id: "seccompProfile_baseline", level: .baseline,
      versions: [(0, seccompAnnotations), (19, seccompProfile)]),
    .init(
      id: "sysctls", level: .baseline,
      versions: sysctlVersions.indices.map { index in
        let allowed = Set(sysctlVersions[...index].flatMap { $0.names })
        return (sysctlVersions[index].since, sysctls(allowing: allowed))
      }),
    .init(id: "windowsHostProcess", level: .baseline, versions: [(0, hostProcess)]),
  ]

  /// The capabilities that container runtimes give by default.
  private static let defaultCapabilities: Set = [
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
  ]
  private static let seLinuxTypes: Set = ["", "container_t", "container_init_t", "container_kvm_t"]
  /// The kernel parameters that are a pod's own, by the release that allowed them.
  private static let sysctlVersions: [(since: Int, names: [String])] = [
    (
      0,
      [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
      ]
    ),
    (27, ["net.ipv4.ip_local_reserved_ports"]),
    (
      29,
      [
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
      ]
    ),
    (32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]),
  ]

  // MARK: - Profiles

  private static let appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/"

  @Sendable private static func appArmor(_ pod: CheckedPod) -> PodSecurityViolation? {
    var values = Set<String>()
    func isBad(_ owner: Value?) -> Bool {
      guard let profile = owner?["securityContext"]?["appArmorProfile"] else { return false }
      let type = profile.text("type")
      if type == "RuntimeDefault" || type == "Localhost" { return false }
      values.insert(type)
      return true
    }
    let podIsBad = isBad(pod.spec)
    let names = pod.names(where: isBad)
    var setters = Words.setters(pod: podIsBad, names).map { [$0] } ?? []
    let annotations = pod.annotations.sortedKeys.compactMap { key -> String? in
      guard key.hasPrefix(appArmorPrefix), let text = pod.annotations[key]?.string else { return nil }
      let isAllowed = text.isEmpty || text == "runtime/default" || text.hasPrefix("localhost/")
      return isAllowed ? nil : "\(key)=\(FieldError.quoted(text))"
    }
    if !annotations.isEmpty { setters.append(Words.plural("annotation", "annotations", annotations.count)) }
    if setters.isEmpty { return nil }
    let all = values.sortedAsBytes() + annotations
    return PodSecurityViolation(
      reason: Words.plural("forbidden AppArmor profile", "forbidden AppArmor profiles", all.count),
      detail:
        "\(setters.joined(separator: " and ")) must not set AppArmor profile type to \(Words.quoted(all))")
  }

  private static func seLinux(allowing types: Set<String>) -> Test { { seLinux($0, types) } }

  private static func seLinux(_ pod: CheckedPod, _ allowed: Set<String>) -> PodSecurityViolation? {
    var types = Set<String>()
    var setsUser = false
    var setsRole = false
    func isBad(_ owner: Value) -> Bool {
      guard let options = owner["securityContext"]?["seLinuxOptions"] else { return false }
      let hasBadType = !allowed.contains(options.text("type"))
      if hasBadType { types.insert(options.text("type")) }
      let (user, role) = (!options.text("user").isEmpty, !options.text("role").isEmpty)
      setsUser = setsUser || user
      setsRole = setsRole || role
      return hasBadType || user || role
    }
    let podIsBad = isBad(pod.spec)
    let names = pod.names(where: isBad)
    guard let setters = Words.setters(pod: podIsBad, names) else { return nil }
    var data: [String] = []
    if !types.isEmpty {
      data.append("\(Words.plural("type", "types", types.count)) \(Words.quoted(types.sortedAsBytes()))")
    }
    if setsUser { data.append("user may not be set") }
    if setsRole { data.append("role may not be set") }
    return PodSecurityViolation(
      reason: "seLinuxOptions",
      detail: "\(setters) set forbidden securityContext.seLinuxOptions: \(data.joined(separator: "; "))")
  }

  /// Before the field there were annotations.
  @Sendable private static func seccompAnnotations(_ pod: CheckedPod) -> PodSecurityViolation? {
    let keys =
      ["seccomp.security.alpha.kubernetes.io/pod"]
      + pod.containers.map { "container.seccomp.security.alpha.kubernetes.io/\($0.text("name"))" }
    var forbidden = Set<String>()
    for key in keys {
      guard let text = pod.annotations[key]?.string else { continue }
      if text == "runtime/default" || text == "docker/default" || text.hasPrefix("localhost/") { continue }
      forbidden.insert("\(key)=\(FieldError.quoted(text))")
    }
    if forbidden.isEmpty { return nil }
    let list = forbidden.sortedAsBytes().joined(separator: ", ")
    return PodSecurityViolation(
      reason: "seccompProfile",
      detail: "forbidden \(Words.plural("annotation", "annotations", forbidden.count)) \(list)")
  }

  @Sendable private static func seccompProfile(_ pod: CheckedPod) -> PodSecurityViolation? {
    SeccompProfiles(pod).explicit
  }

  // MARK: - Fields of containers

  @Sendable private static func capabilities(_ pod: CheckedPod) -> PodSecurityViolation? {
    var added = Set<String>()
    let names = pod.names { container in
      let bad = (container["securityContext"]?["capabilities"]?["add"]?.strings ?? [])
        .filter { !defaultCapabilities.contains($0) }
      added.formUnion(bad)
      return !bad.isEmpty
    }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "non-default capabilities",
      detail: "\(Words.containers(names)) must not include \(Words.quoted(added.sortedAsBytes())) "
        + "in securityContext.capabilities.add")
  }

  @Sendable private static func privileged(_ pod: CheckedPod) -> PodSecurityViolation? {
    let names = pod.names { $0["securityContext"]?["privileged"]?.bool == true }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "privileged",
      detail: "\(Words.containers(names)) must not set securityContext.privileged=true")
  }

  @Sendable static func procMount(_ pod: CheckedPod) -> PodSecurityViolation? {
    var types = Set<String>()
    let names = pod.names { container in
      guard let type = container["securityContext"]?["procMount"]?.string, type != "Default" else {
        return false
      }
      types.insert(type)
      return true
    }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "procMount",
      detail: "\(Words.containers(names)) must not set securityContext.procMount to "
        + Words.quoted(types.sortedAsBytes()))
  }

  @Sendable private static func hostProcess(_ pod: CheckedPod) -> PodSecurityViolation? {
    func isBad(_ owner: Value) -> Bool {
      owner["securityContext"]?["windowsOptions"]?["hostProcess"]?.bool == true
    }
    guard let setters = Words.setters(pod: isBad(pod.spec), pod.names(where: isBad)) else { return nil }
    return PodSecurityViolation(
      reason: "hostProcess",
      detail: "\(setters) must not set securityContext.windowsOptions.hostProcess=true")
  }

  // MARK: - The host

  @Sendable private static func hostNamespaces(_ pod: CheckedPod) -> PodSecurityViolation? {
    let set = ["hostNetwork", "hostPID", "hostIPC"].filter { pod.spec[$0]?.bool == true }
    if set.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "host namespaces", detail: set.map { "\($0)=true" }.joined(separator: ", "))
  }

  @Sendable private static func hostPathVolumes(_ pod: CheckedPod) -> PodSecurityViolation? {
    let names = pod.spec.list("volumes").filter { $0["hostPath"] != nil }.map { $0.text("name") }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "hostPath volumes",
      detail: "\(Words.plural("volume", "volumes", names.count)) \(Words.quoted(names))")
  }

  @Sendable private static func hostPorts(_ pod: CheckedPod) -> PodSecurityViolation? {
    var ports = Set<String>()
    let names = pod.names { container in
      let used = container.list("ports").compactMap { $0["hostPort"]?.int }.filter { $0 != 0 }
      ports.formUnion(used.map(String.init))
      return !used.isEmpty
    }
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "hostPort",
      detail: "\(Words.containers(names)) \(Words.plural("uses", "use", names.count)) "
        + "\(Words.plural("hostPort", "hostPorts", ports.count)) "
        + ports.sortedAsBytes().joined(separator: ", "))
  }

  @Sendable private static func probeHosts(_ pod: CheckedPod) -> PodSecurityViolation? {
    var hosts = Set<String>()
    func isBad(_ container: Value) -> Bool {
      let lifecycle = container["lifecycle"]
      let handlers = [
        container["livenessProbe"], container["readinessProbe"], container["startupProbe"],
        lifecycle?["postStart"], lifecycle?["preStop"],
      ]
      let found = handlers.flatMap { [$0?["httpGet"]?["host"]?.string, $0?["tcpSocket"]?["host"]?.string] }
        .compactMap { $0 }.filter { !$0.isEmpty }
      hosts.formUnion(found)
      return !found.isEmpty
    }
    let names = Set(pod.names(where: isBad)).sortedAsBytes()
    if names.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "probe or lifecycle host",
      detail: "\(Words.containers(names)) \(Words.plural("uses", "use", names.count)) "
        + "\(Words.plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.count)) "
        + Words.quoted(hosts.sortedAsBytes()))
  }

  private static func sysctls(allowing names: Set<String>) -> Test { { sysctls($0, names) } }

  private static func sysctls(_ pod: CheckedPod, _ allowed: Set<String>) -> PodSecurityViolation? {
    let names = (pod.spec["securityContext"]?.list("sysctls") ?? []).map { $0.text("name") }
      .filter { !allowed.contains($0) }
    if names.isEmpty { return nil }
    return PodSecurityViolation(reason: "forbidden sysctls", detail: names.joined(separator: ", "))
  }
}
