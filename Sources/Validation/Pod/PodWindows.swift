import Schema
import Values

/// What pods for one operating system may not have of another's.
extension PodRules {
  static func operatingSystem(_ spec: Field, _ errors: inout Findings) {
    let system = spec["os"]
    guard system.isSet else { return }
    switch system["name"].text {
    case "": errors.required(system["name"])
    case "linux": linux(spec, &errors)
    case "windows": windows(spec, &errors)
    default: errors.append(.notSupported(system.path, .string(system["name"].text), ["linux", "windows"]))
    }
  }

  private static func linux(_ spec: Field, _ errors: inout Findings) {
    for holder in [spec] + everyContainer(spec) {
      let options = holder["securityContext"]["windowsOptions"]
      if options.isSet { errors.forbidden(options, "windows options cannot be set for a linux pod") }
    }
  }

  private static func windows(_ spec: Field, _ errors: inout Findings) {
    let context = spec["securityContext"]
    let parts = [
      context["appArmorProfile"], context["seLinuxOptions"], spec["hostUsers"], spec["hostPID"],
      spec["hostIPC"], context["seccompProfile"], context["fsGroup"], context["fsGroupChangePolicy"],
      context["sysctls"], spec["shareProcessNamespace"], context["runAsUser"], context["runAsGroup"],
      context["supplementalGroups"], context["supplementalGroupsPolicy"], context["seLinuxChangePolicy"],
    ]
    let inContainers = [
      "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem",
      "privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
    ]
    func forbid(_ field: Field) { errors.forbidden(field, "cannot be set for a windows pod") }
    for part in parts where part.isSet { forbid(part) }
    for container in everyContainer(spec) {
      for name in inContainers where container["securityContext"][name].isSet {
        forbid(container["securityContext"][name])
      }
    }
  }

  static func hostProcess(_ spec: Field, _ errors: inout Findings) {
    let ofPod = spec["securityContext"]["windowsOptions"]["hostProcess"].bool
    let containers = everyContainer(spec)
    var count = 0
    for container in containers {
      let own = container["securityContext"]["windowsOptions"]["hostProcess"]
      if let ofPod, let value = own.bool, value != ofPod {
        errors.invalid(own, "pod hostProcess value must be identical if both are specified, was \(ofPod)")
      }
      if own.bool ?? ofPod ?? false { count += 1 }
    }
    if count == 0 { return }
    if count != containers.count {
      errors.invalid(
        spec, showing: "",
        "If pod contains any hostProcess containers then all containers must be HostProcess containers")
    }
    if !spec["hostNetwork"].isTrue {
      errors.invalid(
        spec["hostNetwork"], showing: false,
        "hostNetwork must be true if pod contains any hostProcess containers")
    }
  }

  static func windowsOptions(_ options: Field, _ errors: inout Findings) {
    if !options.isSet { return }
    if options["gmsaCredentialSpecName"].isSet {
      errors.check(options["gmsaCredentialSpecName"], Names.dns1123Subdomain)
    }
    let credentials = options["gmsaCredentialSpec"]
    if credentials.isSet {
      if !credentials.hasText {
        errors.invalid(credentials, "gmsaCredentialSpec cannot be an empty string")
      } else if credentials.text.utf8.count > 64 * 1024 {
        errors.invalid(credentials, "gmsaCredentialSpec size must be under 64 KiB")
      }
    }
    if options["runAsUserName"].isSet { userName(options["runAsUserName"], &errors) }
  }

  private static func userName(_ field: Field, _ errors: inout Findings) {
    func fail(_ text: String) { errors.invalid(field, text) }
    let parts = field.text.split(separator: "\\", omittingEmptySubsequences: false).map(String.init)
    if !field.hasText { return fail("runAsUserName cannot be an empty string") }
    if field.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      return fail("runAsUserName cannot contain control characters")
    }
    if parts.count > 2 { return fail("runAsUserName cannot contain more than one backslash") }
    let user = parts.last ?? ""
    if parts.count == 2 {
      let domain = parts[0]
      if domain.utf8.count >= 256 { fail("runAsUserName's Domain length must be under 256 characters") }
      if !isNetBIOS(domain), !isDomain(domain) {
        fail("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
      }
    }
    if user.isEmpty {
      fail("runAsUserName's User cannot be empty")
    } else if user.utf8.count > 104 {
      fail("runAsUserName's User length must not be longer than 104 characters")
    }
    if !user.isEmpty, user.allSatisfy({ $0 == "." || $0 == " " }) {
      fail("runAsUserName's User cannot contain only periods or spaces")
    }
    if user.contains(where: { "\"/\\:;|=,+*?<>@[]".contains($0) }) {
      fail("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    }
  }

  private static func isNetBIOS(_ domain: String) -> Bool {
    (1...15).contains(domain.count) && domain.first != "." && !domain.contains { "\\/:*?\"<>|".contains($0) }
  }

  private static func isDomain(_ domain: String) -> Bool {
    domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
      $0.utf8.count <= 63 && Characters.isLabel($0.lowercased()[...])
    }
  }
}
