import Schema
import Values

/// Security contexts of containers and pods.
extension PodRules {
  private static let maximumID: Int64 = 2_147_483_647

  private static func id(_ field: Field, _ errors: inout Findings) {
    if field.isSet { errors.inRange(field, 0, maximumID) }
  }

  static func securityContext(_ field: Field, _ context: PodContext, _ errors: inout Findings) {
    if !field.isSet { return }
    id(field["runAsUser"], &errors)
    id(field["runAsGroup"], &errors)
    let mount = field["procMount"]
    if mount.isSet {
      errors.oneOf(mount, ["Default", "Unmasked"])
      if context.hostUsers, mount.text == "Unmasked" {
        errors.invalid(mount, "`hostUsers` must be false to use `Unmasked`")
      }
    }
    seccompProfile(field["seccompProfile"], &errors)
    if field["allowPrivilegeEscalation"].bool == false {
      func contradiction(_ text: String) {
        errors.invalid(
          field, showing: GoStruct.value(field.value, as: "SecurityContext"),
          "cannot set `allowPrivilegeEscalation` to false and \(text)")
      }
      if field["privileged"].isTrue { contradiction("`privileged` to true") }
      for capability in field["capabilities"]["add"].strings where capability == "CAP_SYS_ADMIN" {
        contradiction("`capabilities.Add` CAP_SYS_ADMIN")
      }
    }
    windowsOptions(field["windowsOptions"], &errors)
    appArmorProfile(field["appArmorProfile"], &errors)
  }

  static func podSecurityContext(_ spec: Field, _ errors: inout Findings) {
    let field = spec["securityContext"]
    let share = spec["shareProcessNamespace"]
    if field.isSet {
      for name in ["fsGroup", "runAsUser", "runAsGroup"] { id(field[name], &errors) }
      for group in field["supplementalGroups"].elements { id(group, &errors) }
    }
    if share.isTrue, spec["hostPID"].isTrue {
      errors.invalid(
        field["shareProcessNamespace"].with(share.value),
        "ShareProcessNamespace and HostPID cannot both be enabled")
    }
    sysctls(field["sysctls"], of: spec, &errors)
    let policies: [(String, [String])] = [
      ("fsGroupChangePolicy", ["Always", "OnRootMismatch"]),
      ("supplementalGroupsPolicy", ["Merge", "Strict"]),
      ("seLinuxChangePolicy", ["MountOption", "Recursive"]),
    ]
    if field["fsGroupChangePolicy"].isSet { errors.oneOf(field["fsGroupChangePolicy"], policies[0].1) }
    seccompProfile(field["seccompProfile"], &errors)
    windowsOptions(field["windowsOptions"], &errors)
    appArmorProfile(field["appArmorProfile"], &errors)
    for (name, allowed) in policies.dropFirst() where field[name].isSet { errors.oneOf(field[name], allowed) }
  }

  // MARK: - Profiles

  private static let profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"]

  private static func seccompProfile(_ profile: Field, _ errors: inout Findings) {
    if !profile.isSet { return }
    errors.requiredOneOf(profile["type"], profileTypes, "type is required when seccompProfile is set")
    let local = profile["localhostProfile"]
    if profile["type"].text == "Localhost" {
      if local.isSet {
        descendingPath(local, &errors)
      } else {
        errors.required(local, "must be set when seccomp type is Localhost")
      }
    } else if local.isSet {
      errors.invalid(
        local, showing: GoStruct.value(profile.value, as: "Profile"),
        "can only be set when seccomp type is Localhost")
    }
  }

  private static func appArmorProfile(_ profile: Field, _ errors: inout Findings) {
    if !profile.isSet { return }
    let local = profile["localhostProfile"]
    switch profile["type"].text {
    case "Localhost":
      let text = local.text
      if !local.isSet || text.isEmpty {
        errors.required(local, "must be set when AppArmor type is Localhost")
      } else if text.first?.isWhitespace == true || text.last?.isWhitespace == true {
        errors.invalid(local, "must not be padded with whitespace")
      }
      if text.utf8.count > 4095 { errors.tooLong(local, maximum: 4095) }
    case "RuntimeDefault", "Unconfined":
      if local.isSet { errors.invalid(local, "can only be set when AppArmor type is Localhost") }
    default:
      errors.requiredOneOf(profile["type"], profileTypes, "type is required when appArmorProfile is set")
    }
  }

  // MARK: - Kernel parameters

  private static func sysctls(_ field: Field, of spec: Field, _ errors: inout Findings) {
    var names: Set<String> = []
    for parameter in field.elements {
      let name = parameter["name"]
      if !name.hasText {
        errors.required(name)
      } else if !isSysctl(name.text) {
        errors.invalid(
          name,
          "must have at most 253 characters and match regex "
            + "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$")
      } else if names.contains(name.text) {
        errors.duplicate(name)
      }
      let dotted = String(name.text.map { $0 == "/" ? "." : $0 })
      if spec["hostNetwork"].isTrue, dotted.hasPrefix("net.") {
        errors.invalid(name, "may not be specified when 'hostNetwork' is true")
      } else if spec["hostIPC"].isTrue,
        ["kernel.shm", "kernel.msg", "fs.mqueue."].contains(where: dotted.hasPrefix) || dotted == "kernel.sem"
      {
        errors.invalid(name, "may not be specified when 'hostIPC' is true")
      }
      names.insert(name.text)
    }
  }

  private static func isSysctl(_ name: String) -> Bool {
    name.utf8.count <= 253
      && name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }.allSatisfy { part in
        guard let first = part.utf8.first, let last = part.utf8.last else { return false }
        func isWord(_ byte: UInt8) -> Bool { Characters.isLower(byte) || Characters.isDigit(byte) }
        return isWord(first) && isWord(last)
          && part.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
      }
  }

  // MARK: - Users and namespaces of the host

  static func hostUsers(_ spec: Field, _ errors: inout Findings) {
    guard spec["hostUsers"].bool == false else { return }
    let text = "when `hostUsers` is false"
    for (name, path) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
    where spec[name].isTrue {
      errors.forbidden(spec[path], text)
    }
    for container in everyContainer(spec) where !container["volumeDevices"].isEmpty {
      errors.forbidden(container["volumeDevices"], text)
    }
  }
}
