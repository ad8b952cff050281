import Schema
import Values

/// The kinds of the storage group (pkg/apis/storage/validation).
enum StorageRules {
  static let table: [String: KindRules] = [
    "storage.k8s.io/StorageClass": KindRules(
      checksFinalizers: true, content: storageClass,
      change: { new, old, errors in
        for name in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
          errors.immutable(new[name], old[name])
        }
      },
      steps: [.metadata, .content, .metadataUpdate, .change]),
    "storage.k8s.io/VolumeAttachment": KindRules(
      checksFinalizers: true, content: attachment,
      change: { new, old, errors in
        if new["spec"].value != old["spec"] {
          errors.invalid(
            new["spec"], showing: GoStruct.value(new["spec"].value, as: "VolumeAttachmentSpec"),
            Texts.immutable)
        }
      },
      steps: [.metadata, .content, .change],
      subresources: [
        "status": { new, _, errors in
          Metadata.validate(
            new["metadata"], isNamespaced: false, name: .subdomain, checksFinalizers: true, &errors)
          attachment(new, &errors)
        }
      ]),
    "storage.k8s.io/CSINode": CSIRules.node,
    "storage.k8s.io/CSIDriver": CSIRules.driver,
    "storage.k8s.io/CSIStorageCapacity": CSIRules.capacity,
    "storage.k8s.io/VolumeAttributesClass": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        provisioner(object["driverName"], &errors)
        parameters(object["parameters"], allowsNone: false, &errors)
      },
      change: { new, old, errors in
        for name in ["driverName", "parameters"] where new[name].value != old[name] {
          errors.forbidden(new[name], "updates to \(name) are forbidden.")
        }
      },
      steps: [.metadataUpdate, .change, .metadata, .content]),
  ]

  private static let storageClass: ObjectRule = { object, errors in
    provisioner(object["provisioner"], &errors)
    parameters(object["parameters"], allowsNone: true, &errors)
    if object["reclaimPolicy"].hasText { errors.oneOf(object["reclaimPolicy"], ["Delete", "Retain"]) }
    let mode = object["volumeBindingMode"]
    if mode.isSet {
      errors.oneOf(mode, ["Immediate", "WaitForFirstConsumer"])
    } else {
      errors.required(mode)
    }
    topologies(object["allowedTopologies"], &errors)
  }

  private static func provisioner(_ field: Field, _ errors: inout Findings) {
    guard field.hasText else {
      errors.required(field)
      return
    }
    for message in Names.qualified(field.text.lowercased()) {
      errors.invalid(field, showing: .string(field.text.lowercased()), message)
    }
  }

  private static func parameters(_ field: Field, allowsNone: Bool, _ errors: inout Findings) {
    if field.count > 512 { return errors.tooLong(field, maximum: 512) }
    var size = 0
    for (key, value) in field.entries {
      if key.isEmpty { errors.invalid(field, showing: "", "field can not be empty.") }
      size += key.utf8.count + value.text.utf8.count
    }
    if size > 256 * 1024 { errors.tooLong(field, maximum: 256 * 1024) }
    if !allowsNone, field.isEmpty { errors.required(field, "must contain at least one key/value pair") }
  }

  private static func topologies(_ field: Field, _ errors: inout Findings) {
    var known: [[String: Set<String>]] = []
    for term in field.elements {
      let terms = topology(term, &errors)
      // The real server begins with as many empty terms as there are given ones.
      let repeats = known.filter { $0 == terms }.count + (terms.isEmpty ? field.count : 0)
      for _ in 0..<repeats { errors.duplicate(term["matchLabelExpressions"], "") }
      known.append(terms)
    }
  }

  /// - Returns: the values by their keys.
  private static func topology(_ term: Field, _ errors: inout Findings) -> [String: Set<String>] {
    var keys: [String: Set<String>] = [:]
    for requirement in term["matchLabelExpressions"].elements {
      let values = requirement["values"]
      if values.isEmpty { errors.required(values) }
      var seen: Set<String> = []
      for value in values.elements where !seen.insert(value.text).inserted { errors.duplicate(value) }
      Selectors.labelName(requirement["key"], &errors)
      let key = requirement["key"]
      if keys[key.text] != nil { errors.duplicate(key, .string(key.text)) }
      keys[key.text] = seen
    }
    return keys
  }

  private static let attachment: ObjectRule = { object, errors in
    let spec = object["spec"]
    errors.requireText(spec["attacher"])
    let (inline, name) = (spec["source"]["inlineVolumeSpec"], spec["source"]["persistentVolumeName"])
    let text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
    switch (inline.isSet, name.isSet) {
    case (false, false): errors.required(spec["source"], text)
    case (true, true): errors.forbidden(spec["source"], text)
    case (false, true):
      if !name.hasText { errors.required(name, "must specify non empty persistentVolumeName") }
    case (true, false): PersistentVolumeRules.spec(inline, name: "", isInline: true, &errors)
    }
    errors.check(spec["nodeName"], Names.dns1123Subdomain)
    let status = object["status"]
    let size = status["attachmentMetadata"].entries.reduce(0) {
      $0 + $1.key.utf8.count + $1.field.text.utf8.count
    }
    if size > 256 * 1024 { errors.tooLong(status["attachmentMetadata"], maximum: 256 * 1024) }
    for part in ["attachError", "detachError"] {
      if status[part]["message"].text.utf8.count > 1024 {
        errors.tooLong(status[part]["message"], maximum: 256 * 1024)
      }
      if status[part]["errorCode"].number < 0 {
        errors.invalid(status[part]["errorCode"], Texts.range(0, Int64(Int32.max)))
      }
    }
    if spec["attacher"].hasText { StorageNames.driver(spec["attacher"], &errors) }
    if name.isSet { errors.check(name, Names.dns1123Subdomain) }
  }
}

/// What describes CSI drivers.
enum CSIRules {
  static let driver = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      let spec = object["spec"]
      let required = [
        ("attachRequired", "attachedRequired"), ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
      ]
      for (name, path) in required where !spec[name].isSet { errors.required(spec[path]) }
      if spec["fsGroupPolicy"].isSet {
        errors.oneOf(spec["fsGroupPolicy"], ["File", "None", "ReadWriteOnceWithFSType"])
      }
      tokens(spec["tokenRequests"], &errors)
      for mode in spec["volumeLifecycleModes"].strings where !["Persistent", "Ephemeral"].contains(mode) {
        errors.append(
          .notSupported(spec["volumeLifecycleModes"].path, .string(mode), ["Persistent", "Ephemeral"]))
      }
      if !spec["seLinuxMount"].isSet { errors.required(spec["seLinuxMount"]) }
      let period = spec["nodeAllocatableUpdatePeriodSeconds"]
      if let seconds = period.int, seconds < 10 {
        errors.invalid(period, "must be greater than or equal to 10 seconds")
      }
      let inSecrets = spec["serviceAccountTokenInSecrets"]
      if inSecrets.isSet, spec["tokenRequests"].isEmpty {
        errors.invalid(
          inSecrets, "serviceAccountTokenInSecrets is set but no tokenRequests are specified")
      }
    },
    change: { new, old, errors in
      let spec = new["spec"]
      errors.immutable(
        spec["attachedRequired"].with(spec["attachRequired"].value), old["spec"]?["attachRequired"])
      errors.immutable(spec["volumeLifecycleModes"], old["spec"]?["volumeLifecycleModes"])
    },
    steps: [.metadataUpdate, .content, .change])

  private static func tokens(_ field: Field, _ errors: inout Findings) {
    var audiences: Set<String> = []
    for token in field.elements {
      if !audiences.insert(token["audience"].text).inserted {
        errors.duplicate(token["audience"], .string(token["audience"].text))
        continue
      }
      let expiration = token["expirationSeconds"]
      guard let seconds = expiration.int else { continue }
      if seconds < 600 { errors.invalid(expiration, "may not specify a duration less than 10 minutes") }
      if seconds > 1 << 32 {
        errors.invalid(expiration, "may not specify a duration larger than 2^32 seconds")
      }
    }
  }

  static let node = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      var names: Set<String> = []
      for driver in object["spec"]["drivers"].elements {
        StorageNames.driver(driver["name"], &errors)
        errors.requireText(driver["nodeID"])
        if driver["nodeID"].text.utf8.count > 256 {
          errors.invalid(driver["nodeID"], "must be 256 characters or less")
        }
        errors.nonNegative(driver["allocatable"]["count"])
        if !names.insert(driver["name"].text).inserted { errors.duplicate(driver["name"]) }
        topologyKeys(driver, &errors)
      }
    },
    change: { new, old, errors in
      let drivers = new["spec"]["drivers"]
      for before in old["spec"]?["drivers"]?.array ?? [] {
        for driver in drivers.elements where driver["name"].value == before["name"] {
          var (after, before) = (driver.value ?? .null, before)
          after["allocatable"] = nil
          before["allocatable"] = nil
          if after == before { continue }
          errors.invalid(drivers, showing: GoStruct.value(after, as: "CSINodeDriver"), Texts.immutable)
        }
      }
    },
    steps: [.metadata, .content, .change])

  private static func topologyKeys(_ driver: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for key in driver["topologyKeys"].strings {
      if key.isEmpty { errors.required(driver) }
      if !seen.insert(key).inserted { errors.duplicate(driver, .string(key)) }
      for message in Names.qualified(key) { errors.invalid(driver, showing: .string(key), message) }
    }
  }

  static let capacity = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      Selectors.validate(object["nodeTopology"], &errors)
      errors.check(object["storageClassName"], Names.dns1123Subdomain)
      if let quantity = object["capacity"].quantity, quantity.sign < 0 {
        errors.invalid(object["capacity"], Texts.nonNegative)
      }
    },
    change: { new, old, errors in
      errors.immutable(new["nodeTopology"], old["nodeTopology"])
      if new["storageClassName"].text != old["storageClassName"]?.string ?? "" {
        errors.invalidText(new["storageClassName"], Texts.immutable)
      }
    },
    steps: [.metadata, .content, .metadataUpdate, .change])
}
