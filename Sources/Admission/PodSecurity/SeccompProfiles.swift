import Values

/// What a pod says about seccomp profiles, for both levels that look at them.
struct SeccompProfiles {
  private var values = Set<String>()
  private var podIsBad = false
  private var badContainers: [String] = []
  private var silentContainers: [String] = []

  init(_ pod: CheckedPod) {
    var podIsGood = false
    if let type = Self.type(pod.spec) {
      podIsGood = Self.isAllowed(type)
      podIsBad = !podIsGood
      if podIsBad { values.insert(type) }
    }
    for container in pod.containers {
      guard let type = Self.type(container) else {
        if !podIsGood { silentContainers.append(container.text("name")) }
        continue
      }
      if Self.isAllowed(type) { continue }
      values.insert(type)
      badContainers.append(container.text("name"))
    }
  }

  private static func type(_ owner: Value) -> String? {
    owner["securityContext"]?["seccompProfile"]?.text("type")
  }

  private static func isAllowed(_ type: String) -> Bool { type == "RuntimeDefault" || type == "Localhost" }

  /// A profile that is not allowed.
  var explicit: PodSecurityViolation? {
    guard let setters = PodSecurityWords.setters(pod: podIsBad, badContainers) else { return nil }
    return PodSecurityViolation(
      reason: "seccompProfile",
      detail: "\(setters) must not set securityContext.seccompProfile.type to "
        + PodSecurityWords.quoted(values.sortedAsBytes()))
  }

  /// No profile where there must be one.
  var missing: PodSecurityViolation? {
    if silentContainers.isEmpty { return nil }
    return PodSecurityViolation(
      reason: "seccompProfile",
      detail: "pod or \(PodSecurityWords.containers(silentContainers)) must set "
        + #"securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#)
  }
}
