import Schema
import Values

/// The types of storage that pods and PersistentVolumes have in common.
enum VolumeSources {
  /// Fields that must not be empty, by type, in the order in which they are checked.
  private static let required: [String: [String]] = [
    "awsElasticBlockStore": ["volumeID"], "azureFile": ["secretName", "shareName"], "cephfs": ["monitors"],
    "cinder": ["volumeID"], "flexVolume": ["driver"], "gcePersistentDisk": ["pdName"],
    "glusterfs": ["endpoints", "path"], "nfs": ["server", "path"], "photonPersistentDisk": ["pdID"],
    "portworxVolume": ["volumeID"], "rbd": ["monitors", "image"],
    "scaleIO": ["gateway", "system", "volumeName"], "vsphereVolume": ["volumePath"],
  ]

  /// - Parameter isPersistent: true in a PersistentVolume, whose secrets need a namespace.
  static func validate(
    _ type: String, _ source: Field, isPersistent: Bool = false, _ errors: inout Findings
  ) {
    var source = source
    // The real server names this type's fields after another one.
    if type == "gcePersistentDisk" {
      source = Field(source.value, at: FieldPath(parent(source.path.description)).child("persistentDisk"))
    }
    for name in required[type] ?? [] where source[name].text.isEmpty && source[name].isEmpty {
      errors.required(source[name])
    }
    switch type {
    case "hostPath": hostPath(source, &errors)
    case "nfs":
      if !source["path"].text.hasPrefix("/") {
        errors.invalidText(source["path"], "must be an absolute path")
      }
    case "gcePersistentDisk", "awsElasticBlockStore":
      let partition = source["partition"]
      if !(0...255).contains(partition.number) { errors.invalid(partition, Texts.range(1, 255)) }
    case "iscsi": iscsi(source, isPersistent: isPersistent, &errors)
    case "fc": fibreChannel(source, &errors)
    case "flocker": flocker(source, &errors)
    case "quobyte": quobyte(source, &errors)
    case "flexVolume": flexVolume(source, &errors)
    case "azureDisk": azureDisk(source, &errors)
    case "cinder": secret(source["secretRef"], isPersistent: isPersistent, &errors)
    case "storageos": storageOS(source, isPersistent: isPersistent, &errors)
    case "azureFile":
      let namespace = source["secretNamespace"]
      if isPersistent, namespace.isSet, !namespace.hasText { errors.required(namespace) }
    case "glusterfs": glusterfs(source, isPersistent: isPersistent, &errors)
    default: break
    }
  }

  private static func parent(_ path: String) -> String {
    path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
  }

  private static func hostPath(_ source: Field, _ errors: inout Findings) {
    guard source["path"].hasText else {
      errors.required(source["path"])
      return
    }
    PodRules.noBacksteps(source["path"], &errors)
    if source["type"].isSet {
      errors.oneOf(
        source["type"],
        [
          "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
        ])
    }
  }

  private static func secret(_ secret: Field, isPersistent: Bool, _ errors: inout Findings) {
    if !secret.isSet { return }
    errors.requireText(secret["name"])
    if isPersistent { errors.requireText(secret["namespace"]) }
  }

  private static func glusterfs(_ source: Field, isPersistent: Bool, _ errors: inout Findings) {
    let namespace = source["endpointsNamespace"]
    if !isPersistent || !namespace.isSet { return }
    if namespace.hasText {
      errors.check(namespace, Names.dns1123Label)
    } else {
      errors.invalid(namespace, "if the endpointnamespace is set, it must be a valid namespace name")
    }
  }

  // MARK: - iSCSI and fibre channel

  private static func iscsi(_ source: Field, isPersistent: Bool, _ errors: inout Findings) {
    errors.requireText(source["targetPortal"])
    let prefixText =
      isPersistent ? "must be valid format" : "must be valid format starting with iqn, eui, or naa"
    if source["iqn"].hasText {
      if let fault = initiatorFault(source["iqn"].text, prefixText) { errors.invalid(source["iqn"], fault) }
    } else {
      errors.required(source["iqn"])
    }
    errors.inRange(source["lun"], 0, 255)
    if source["chapAuthDiscovery"].isTrue || source["chapAuthSession"].isTrue, !source["secretRef"].isSet {
      errors.required(source["secretRef"])
    }
    if isPersistent, source["secretRef"].isSet { errors.requireText(source["secretRef"]["name"]) }
    let initiator = source["initiatorName"]
    if initiator.isSet, let fault = initiatorFault(initiator.text, prefixText) {
      errors.invalid(source["initiatorname"].with(initiator.value), fault)
    }
  }

  /// Names of initiators and targets (RFC 3720, section 3.2.6).
  private static func initiatorFault(_ name: String, _ prefixText: String) -> String? {
    let bytes = Array(name.utf8)
    func isHex(_ count: Int) -> Bool {
      bytes.count == 4 + count && bytes.dropFirst(4).allSatisfy(Characters.isAlphanumeric)
    }
    switch name.prefix(3) {
    case "iqn": return isQualifiedInitiator(name) ? nil : "must be valid format"
    case "eui": return isHex(16) ? nil : "must be valid format"
    case "naa": return isHex(32) ? nil : "must be valid format"
    default: return prefixText
    }
  }

  /// `iqn.YYYY-MM.domain:name`
  private static func isQualifiedInitiator(_ name: String) -> Bool {
    let parts = name.dropFirst(3).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].first == ".", !parts[1].isEmpty else { return false }
    let head = parts[0].dropFirst()
    let date = head.prefix(7).split(separator: "-", omittingEmptySubsequences: false)
    guard date.map(\.count) == [4, 2], date.allSatisfy({ Characters.number($0) != nil }) else { return false }
    let domain = head.dropFirst(7)
    guard domain.first == ".", domain.count > 1 else { return false }
    let domainIsGood = domain.dropFirst().utf8.allSatisfy {
      Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
    return domainIsGood && !parts[1].contains { ",;*&$|".contains($0) || $0.isWhitespace }
  }

  private static func fibreChannel(_ source: Field, _ errors: inout Findings) {
    let targets = source["targetWWNs"]
    if targets.isEmpty, source["wwids"].isEmpty {
      errors.required(targets, "must specify either targetWWNs or wwids, but not both")
    }
    if targets.isEmpty { return }
    if !source["wwids"].isEmpty {
      errors.invalid(targets, "targetWWNs and wwids can not be specified simultaneously")
    }
    if source["lun"].isSet {
      errors.inRange(source["lun"], 0, 255)
    } else {
      errors.required(source["lun"], "lun is required if targetWWNs is specified")
    }
  }

  // MARK: - Others

  private static func flocker(_ source: Field, _ errors: inout Findings) {
    let (name, id) = (source["datasetName"], source["datasetUUID"])
    if !name.hasText, !id.hasText {
      errors.required(source, "one of datasetName and datasetUUID is required")
    }
    if name.hasText, id.hasText {
      errors.invalid(
        source, showing: "resource", "datasetName and datasetUUID can not be specified simultaneously")
    }
    if name.text.contains("/") { errors.invalid(name, "must not contain '/'") }
  }

  private static func quobyte(_ source: Field, _ errors: inout Findings) {
    let registry = source["registry"]
    let text = "must be a host:port pair or multiple pairs separated by commas"
    if !registry.hasText {
      errors.required(registry, text)
    } else if source["tenant"].text.utf8.count >= 65 {
      errors.required(source["tenant"], "must be a UUID and may not exceed a length of 64 characters")
    } else {
      for pair in registry.text.split(separator: ",", omittingEmptySubsequences: false)
      where pair.split(separator: ":", omittingEmptySubsequences: false).count != 2 && !pair.hasPrefix("[") {
        errors.invalid(registry, text)
      }
    }
    errors.requireText(source["volume"])
  }

  private static func flexVolume(_ source: Field, _ errors: inout Findings) {
    for (key, option) in source["options"].entries {
      let namespace = "." + (key.split(separator: "/", maxSplits: 1).first ?? "").lowercased()
      if namespace.hasSuffix(".kubernetes.io") || namespace.hasSuffix(".k8s.io") {
        errors.invalid(option, showing: .string(key), "kubernetes.io and k8s.io namespaces are reserved")
      }
    }
  }

  private static func azureDisk(_ source: Field, _ errors: inout Findings) {
    let (uri, kind) = (source["diskURI"], source["kind"])
    errors.requireText(source["diskName"])
    errors.requireText(uri)
    if source["cachingMode"].isSet { errors.oneOf(source["cachingMode"], ["None", "ReadOnly", "ReadWrite"]) }
    guard kind.isSet else { return }
    errors.oneOf(kind, ["Dedicated", "Managed", "Shared"])
    let isManaged = kind.text == "Managed"
    if !uri.text.hasPrefix(isManaged ? "/subscriptions/" : "https://") {
      let form =
        isManaged
        ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
      errors.append(.notSupported(uri.path, .string(uri.text), [form]))
    }
  }

  private static func storageOS(_ source: Field, isPersistent: Bool, _ errors: inout Findings) {
    errors.checkRequired(source["volumeName"], "", Names.dns1123Label)
    if source["volumeNamespace"].hasText { errors.check(source["volumeNamespace"], Names.dns1123Label) }
    secret(source["secretRef"], isPersistent: isPersistent, &errors)
  }
}

/// Names of storage drivers.
enum StorageNames {
  /// The name of a CSI driver: a subdomain in upper or lower case, no longer than a label.
  static func driver(_ field: Field, _ errors: inout Findings) {
    guard field.hasText else {
      errors.required(field)
      return
    }
    if field.text.utf8.count > 63 { errors.tooLong(field, maximum: 63) }
    for message in Names.dns1123Subdomain(field.text.lowercased()) { errors.invalid(field, message) }
  }
}
