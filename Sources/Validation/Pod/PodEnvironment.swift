import Schema
import Values

/// Environment variables and where their values come from.
extension PodRules {
  static func environment(_ field: Field, _ errors: inout Findings) {
    for variable in field.elements {
      errors.checkRequired(variable["name"], "", Names.environmentName)
      valueFrom(variable, &errors)
    }
  }

  private static let environmentFields = [
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
  ]

  private static func valueFrom(_ variable: Field, _ errors: inout Findings) {
    let source = variable["valueFrom"]
    if !source.isSet { return }
    var count = 0
    if source["fieldRef"].isSet {
      count += 1
      fieldSelector(source["fieldRef"], environmentFields, &errors)
    }
    if source["resourceFieldRef"].isSet {
      count += 1
      resourceSelector(source["resourceFieldRef"], isVolume: false, &errors)
    }
    for name in ["configMapKeyRef", "secretKeyRef"] where source[name].isSet {
      count += 1
      errors.check(source[name]["name"], Names.dns1123Subdomain)
      errors.checkRequired(source[name]["key"], "", Names.configKey)
    }
    if source["fileKeyRef"].isSet {
      count += 1
      fileSelector(source["fileKeyRef"], &errors)
    }
    if count == 0 {
      errors.invalid(
        source, showing: "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
      )
    } else if variable["value"].hasText {
      errors.invalid(source, showing: "", "may not be specified when `value` is not empty")
    } else if count > 1 {
      errors.invalid(source, showing: "", "may not have more than one field specified at a time")
    }
  }

  private static func fileSelector(_ file: Field, _ errors: inout Findings) {
    errors.checkRequired(file["key"], "", Names.environmentName)
    errors.checkRequired(file["volumeName"], "", Names.dns1123Label)
    if file["path"].hasText { noBacksteps(file["path"], &errors) } else { errors.required(file["path"]) }
  }

  /// Files with variables are read from volumes of type emptyDir (KEP-3721).
  static func fileVolumes(_ spec: Field, _ errors: inout Findings) {
    var volumes: [String: Field] = [:]
    for volume in spec["volumes"].elements { volumes[volume["name"].text] = volume }
    for container in everyContainer(spec) {
      for variable in container["env"].elements {
        let name = variable["valueFrom"]["fileKeyRef"]["volumeName"]
        guard variable["valueFrom"]["fileKeyRef"].isSet else { continue }
        guard let volume = volumes[name.text] else {
          errors.notFound(name)
          continue
        }
        if !volume["emptyDir"].isSet { errors.invalid(name, "referenced volume must be of type emptyDir") }
      }
    }
  }

  static func environmentSources(_ field: Field, _ errors: inout Findings) {
    for source in field.elements {
      if source["prefix"].hasText { errors.check(source["prefix"], Names.environmentName) }
      var count = 0
      for name in ["configMapRef", "secretRef"] where source[name].isSet {
        count += 1
        let reference = source[name]["name"]
        errors.checkRequired(reference) { Names.dns1123Subdomain(Names.withoutTrailingDash($0)) }
      }
      if count == 0 {
        errors.invalid(field, showing: "", "must specify one of: `configMapRef` or `secretRef`")
      } else if count > 1 {
        errors.invalid(field, showing: "", "may not have more than one field specified at a time")
      }
    }
  }

  // MARK: - Fields of the pod itself

  /// What the downward API knows at all, whether or not it may be used in the place.
  private static let knownFields: Set<String> = [
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
    "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs", "spec.host",
  ]

  static func fieldSelector(_ selector: Field, _ allowed: [String], _ errors: inout Findings) {
    for name in ["apiVersion", "fieldPath"] where !selector[name].hasText {
      errors.required(selector[name])
      return
    }
    let path = selector["fieldPath"]
    func fail(_ text: String) { errors.invalid(path, "error converting fieldPath: \(text)") }
    guard selector["apiVersion"].text == "v1" else {
      fail("unsupported pod version: \(selector["apiVersion"].text)")
      return
    }
    if let (field, key) = subscripted(path.text) {
      switch field {
      case "metadata.annotations":
        for message in Names.qualified(key.lowercased()) {
          errors.invalid(selector, showing: .string(key.lowercased()), message)
        }
      case "metadata.labels":
        for message in Names.qualified(key) { errors.invalid(selector, showing: .string(key), message) }
      default: fail("field label does not support subscript: \(path.text)")
      }
      return
    }
    guard knownFields.contains(path.text) else {
      fail("field label not supported: \(path.text)")
      return
    }
    let field = path.text == "spec.host" ? "spec.nodeName" : path.text
    if !allowed.contains(field) {
      errors.append(.notSupported(path.path, .string(field), allowed.sorted()))
    }
  }

  /// Splits `metadata.labels['key']`.
  private static func subscripted(_ path: String) -> (field: String, key: String)? {
    guard path.hasSuffix("']") else { return nil }
    let inner = path.dropLast(2)
    guard let bracket = inner.firstIndex(of: "[") else { return nil }
    let key = inner[inner.index(after: bracket)...]
    guard key.first == "'", bracket != inner.startIndex else { return nil }
    return (String(inner[..<bracket]), String(key.dropFirst()))
  }

  private static let resourceFields = [
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
  ]
  private static let byteDivisors = [
    "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
  ]

  static func resourceSelector(_ selector: Field, isVolume: Bool, _ errors: inout Findings) {
    let resource = selector["resource"]
    let isHugePage = ["limits.hugepages-", "requests.hugepages-"].contains { resource.text.hasPrefix($0) }
    if isVolume, !selector["containerName"].hasText {
      errors.required(selector["containerName"])
    } else if !resource.hasText {
      errors.required(resource)
    } else if !isHugePage {
      errors.oneOf(resource, resourceFields)
    }
    let divisor = selector["divisor"]
    guard let quantity = divisor.quantity, !quantity.isZero else { return }
    let kind = String(resource.text.drop { $0 != "." }.dropFirst())
    let names = ["memory": "memory", "ephemeral-storage": "local ephemeral storage"]
    if kind == "cpu" {
      if !["1m", "1"].contains(divisor.text) {
        errors.invalid(
          divisor, showing: .string(resource.text),
          "only divisor's values 1m and 1 are supported with the cpu resource")
      }
    } else if let name = names[kind] ?? (isHugePage ? "hugepages" : nil), !byteDivisors.contains(divisor.text)
    {
      errors.invalid(
        divisor, showing: .string(resource.text),
        "only divisor's values \(byteDivisors.joined(separator: ", ")) are supported with the \(name) resource"
      )
    }
  }
}
