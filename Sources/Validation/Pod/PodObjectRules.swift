import Schema
import Values

/// Pods themselves: their annotations and what may change.
extension PodRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { pod, errors in
      annotations(pod["metadata"]["annotations"], spec: pod["spec"], &errors)
      spec(pod["spec"], podName: pod["metadata"]["name"].text, isPod: true, &errors)
      podOnly(pod["spec"], &errors)
    },
    create: { pod, errors in
      let spec = pod["spec"]
      if !spec["ephemeralContainers"].isEmpty {
        errors.forbidden(spec["ephemeralContainers"], "cannot be set on create")
      }
      if spec["nodeName"].hasText, !spec["schedulingGates"].isEmpty {
        errors.forbidden(spec["nodeName"], "cannot be set until all schedulingGates have been cleared")
      }
      profilesMatchAnnotations(pod["metadata"]["annotations"], spec, &errors)
    },
    change: { new, old, errors in
      annotationChange(new, old, &errors)
      specChange(new["spec"], old["spec"] ?? .null, &errors)
    },
    subresources: [
      "status": PodStatusRules.change, "ephemeralcontainers": ephemeralChange,
      "resize": PodResizeRules.change,
    ])

  /// What holds in pods but not in templates.
  private static func podOnly(_ spec: Field, _ errors: inout Findings) {
    if !spec["serviceAccountName"].hasText {
      for volume in spec["volumes"].elements {
        for source in volume["projected"]["sources"].elements where source["serviceAccountToken"].isSet {
          errors.forbidden(
            source["serviceAccountToken"], "must not be specified when serviceAccountName is not set")
        }
      }
    }
    for name in ["containers", "initContainers"] {
      for container in spec[name].elements { imageIsTrimmed(container, &errors) }
    }
  }

  // MARK: - Templates

  static func template(_ template: Field, _ errors: inout Findings) {
    let metadata = template["metadata"]
    Metadata.labels(metadata["labels"].renamed(template["labels"].path), &errors)
    Metadata.annotations(metadata["annotations"].renamed(template["annotations"].path), &errors)
    annotations(
      metadata["annotations"].renamed(template["annotations"].path), spec: template["spec"], &errors)
    spec(template["spec"], podName: "", isPod: false, &errors)
    profilesMatchAnnotations(metadata["annotations"], template["spec"], &errors)
    if !template["spec"]["ephemeralContainers"].isEmpty {
      errors.forbidden(
        template["spec"]["ephemeralContainers"], "ephemeral containers not allowed in pod template")
    }
  }

  // MARK: - Annotations

  static let mirrorAnnotation = "kubernetes.io/config.mirror"
  private static let seccompPod = "seccomp.security.alpha.kubernetes.io/pod"
  private static let seccompContainer = "container.seccomp.security.alpha.kubernetes.io/"
  private static let appArmorContainer = "container.apparmor.security.beta.kubernetes.io/"

  private static func annotations(_ field: Field, spec: Field, _ errors: inout Findings) {
    let mirror = field.key(mirrorAnnotation)
    if mirror.isSet, !spec["nodeName"].hasText {
      errors.invalidText(mirror, "must set spec.nodeName if mirror pod annotation is set")
    }
    let cost = field.key("controller.kubernetes.io/pod-deletion-cost")
    if cost.isSet, !isDeletionCost(cost.text) { errors.invalidText(cost, "must be a 32bit integer") }
    if field.key(seccompPod).isSet { seccomp(field[seccompPod], &errors) }
    for (key, _) in field.entries where key.hasPrefix(seccompContainer) { seccomp(field[key], &errors) }
    let names = Set(everyContainer(spec).map { $0["name"].text })
    for (key, entry) in field.entries where key.hasPrefix(appArmorContainer) {
      let name = String(key.dropFirst(appArmorContainer.count))
      if !names.contains(name) { errors.invalid(entry, showing: .string(name), "container not found") }
      let profile = entry.text
      if !["", "runtime/default", "unconfined"].contains(profile), !profile.hasPrefix("localhost/") {
        errors.invalid(entry, "invalid AppArmor profile name: \(FieldError.quoted(profile))")
      }
    }
  }

  private static func isDeletionCost(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    let startsWell =
      first == UInt8(ascii: "-") || text == "0" || (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first)
    return startsWell && Int32(text) != nil
  }

  private static func seccomp(_ entry: Field, _ errors: inout Findings) {
    let profile = entry.text
    if ["runtime/default", "docker/default", "unconfined"].contains(profile) { return }
    if profile.hasPrefix("localhost/") {
      descendingPath(entry.with(.string(String(profile.dropFirst("localhost/".count)))), &errors)
    } else {
      errors.invalidText(entry, "must be a valid seccomp profile")
    }
  }

  /// Profiles that are named twice, in an annotation and in a field, must be the same.
  private static func profilesMatchAnnotations(_ annotations: Field, _ spec: Field, _ errors: inout Findings)
  {
    let context = spec["securityContext"]
    func compare(_ annotation: Field, _ profile: Field, _ name: String, isDocker: Bool) {
      guard annotation.isSet, profile.isSet else { return }
      let local = "localhost/" + profile["localhostProfile"].text
      let isSame: Bool
      switch profile["type"].text {
      case "Unconfined": isSame = annotation.text == "unconfined"
      case "RuntimeDefault":
        isSame = annotation.text == "runtime/default" || isDocker && annotation.text == "docker/default"
      case "Localhost":
        isSame = annotation.text.hasPrefix("localhost/")
        if isSame, annotation.text != local {
          errors.forbidden(profile["localhostProfile"], "\(name) profile in annotation and field must match")
        }
      default: isSame = true
      }
      if !isSame { errors.forbidden(profile["type"], "\(name) type in annotation and field must match") }
    }
    compare(annotations.key(seccompPod), context["seccompProfile"], "seccomp", isDocker: true)
    for container in everyContainer(spec) {
      compare(
        annotations.key(seccompContainer + container["name"].text),
        container["securityContext"]["seccompProfile"], "seccomp", isDocker: true)
    }
    if spec["os"]["name"].text == "windows" { return }
    for container in everyContainer(spec) {
      let own = container["securityContext"]["appArmorProfile"]
      let profile = own.isSet ? own : own.with(context["appArmorProfile"].value)
      compare(
        annotations.key(appArmorContainer + container["name"].text), profile, "apparmor", isDocker: false)
    }
  }

  static func annotationChange(_ new: Field, _ old: Value, _ errors: inout Findings) {
    let field = new["metadata"]["annotations"]
    let before = old["metadata"]?["annotations"]?.object ?? [:]
    for (key, value) in before where field.key(key).value != value {
      if key.hasPrefix(appArmorContainer) {
        errors.forbidden(field.key(key), "may not remove or update AppArmor annotations")
      }
      if key == mirrorAnnotation {
        errors.forbidden(field.key(key), "may not remove or update mirror pod annotation")
      }
    }
    for (key, entry) in field.entries where !before.contains(key) {
      if key.hasPrefix(appArmorContainer) { errors.forbidden(entry, "may not add AppArmor annotations") }
      if key == mirrorAnnotation { errors.forbidden(entry, "may not add mirror pod annotation") }
    }
    annotations(field, spec: new["spec"], &errors)
  }
}
