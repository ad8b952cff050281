import Schema
import Values

/// The volumes that containers mount and the block devices that they use.
extension PodRules {
  static func mounts(_ container: Field, _ context: PodContext, _ errors: inout Findings) {
    let field = container["volumeMounts"]
    if field.isEmpty { return }
    let devices = container["volumeDevices"].elements
    let deviceNames = Set(devices.map { $0["name"].text })
    let devicePaths = Set(devices.map { $0["devicePath"].text })
    var paths: Set<String> = []
    for mount in field.elements {
      let (name, path) = (mount["name"], mount["mountPath"])
      errors.requireText(name)
      if context.volumes[name.text] == nil { errors.notFound(name) }
      errors.requireText(path)
      if !paths.insert(path.text).inserted { errors.invalidText(path, "must be unique") }
      if deviceNames.contains(name.text) {
        errors.invalidText(name, "must not already exist in volumeDevices")
      }
      if devicePaths.contains(path.text) {
        errors.invalidText(path, "must not already exist as a path in volumeDevices")
      }
      let (subPath, expression) = (mount["subPath"], mount["subPathExpr"])
      if subPath.hasText { descendingPath(field["subPath"].with(subPath.value), &errors) }
      if expression.hasText {
        if subPath.hasText { errors.invalid(expression, "subPathExpr and subPath are mutually exclusive") }
        descendingPath(field["subPathExpr"].with(expression.value), &errors)
      }
      propagation(mount, of: container, at: field["mountPropagation"], &errors)
      recursiveReadOnly(mount, at: field["recursiveReadOnly"], &errors)
    }
  }

  private static func propagation(
    _ mount: Field, of container: Field, at path: Field, _ errors: inout Findings
  ) {
    let mode = path.with(mount["mountPropagation"].value)
    if !mode.isSet { return }
    errors.oneOf(mode, ["Bidirectional", "HostToContainer", "None"])
    if mode.text == "Bidirectional", !container["securityContext"]["privileged"].isTrue {
      errors.forbidden(mode, "Bidirectional mount propagation is available only to privileged containers")
    }
  }

  private static func recursiveReadOnly(_ mount: Field, at path: Field, _ errors: inout Findings) {
    let mode = path.with(mount["recursiveReadOnly"].value)
    if !mode.isSet || mode.text == "Disabled" { return }
    guard ["Enabled", "IfPossible"].contains(mode.text) else {
      errors.oneOf(mode, ["Disabled", "Enabled", "IfPossible"])
      return
    }
    if !mount["readOnly"].isTrue { errors.forbidden(mode, "may only be specified when readOnly is true") }
    let propagation = mount["mountPropagation"]
    if propagation.isSet, propagation.text != "None" {
      errors.forbidden(mode, "may only be specified when mountPropagation is None or not specified")
    }
  }

  static func devices(_ container: Field, _ context: PodContext, _ errors: inout Findings) {
    let field = container["volumeDevices"]
    if field.isEmpty { return }
    let mounts = container["volumeMounts"].elements
    let mountNames = Set(mounts.map { $0["name"].text })
    let mountPaths = Set(mounts.map { $0["mountPath"].text })
    var (names, paths): (Set<String>, Set<String>) = ([], [])
    for device in field.elements {
      let (name, path) = (device["name"], device["devicePath"])
      let volume = context.volumes[name.text]
      errors.requireText(name)
      if names.contains(name.text) { errors.invalidText(name, "must be unique") }
      if let volume {
        if !volume["persistentVolumeClaim"].isSet, !volume["ephemeral"].isSet {
          errors.invalidText(
            name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode")
        }
      } else {
        errors.notFound(name)
      }
      errors.requireText(path)
      if paths.contains(path.text) { errors.invalidText(path, "must be unique") }
      if path.text.split(separator: "/").contains("..") {
        errors.invalidText(path, "can not contain backsteps ('..')")
      } else {
        paths.insert(path.text)
      }
      if mountNames.contains(name.text) { errors.invalidText(name, "must not already exist in volumeMounts") }
      if mountPaths.contains(path.text) {
        errors.invalidText(path, "must not already exist as a path in volumeMounts")
      }
      if name.hasText { names.insert(name.text) }
    }
  }

  // MARK: - Paths

  static func noBacksteps(_ path: Field, _ errors: inout Findings) {
    if path.text.split(separator: "/").contains("..") { errors.invalidText(path, "must not contain '..'") }
  }

  /// A path that stays below the directory that it starts from.
  static func descendingPath(_ path: Field, _ errors: inout Findings) {
    if path.text.hasPrefix("/") { errors.invalidText(path, "must be a relative path") }
    noBacksteps(path, &errors)
  }

  /// Names that start with `..` are the kubelet's own.
  static func unreservedPath(_ path: Field, _ errors: inout Findings) {
    descendingPath(path, &errors)
    if path.text.hasPrefix(".."), !path.text.hasPrefix("../") {
      errors.invalidText(path, "must not start with '..'")
    }
  }
}
