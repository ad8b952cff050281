import Schema
import Values

/// PersistentVolumes, and the specs of volumes that stand in VolumeAttachments.
enum PersistentVolumeRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      spec(object["spec"], name: object["metadata"]["name"].text, isInline: false, &errors)
    },
    change: change,
    // The strategy validates the new object, and so does the check of the change.
    steps: [.metadata, .content, .metadata, .content, .change])

  private static let order: [(name: String, path: String)] = [
    ("hostPath", "hostPath"), ("gcePersistentDisk", "gcePersistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"), ("glusterfs", "glusterfs"), ("flocker", "flocker"),
    ("nfs", "nfs"), ("rbd", "rbd"), ("quobyte", "quobyte"), ("cephfs", "cephFS"), ("iscsi", "iscsi"),
    ("cinder", "cinder"), ("fc", "fc"), ("flexVolume", "flexVolume"), ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"), ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"), ("azureDisk", "azureDisk"), ("scaleIO", "scaleIO"),
    ("local", "local"), ("storageos", "storageos"), ("csi", "csi"),
  ]
  private static let inlineText = "may not be specified in the context of inline volumes"

  static func spec(_ spec: Field, name: String, isInline: Bool, _ errors: inout Findings) {
    if isInline {
      if spec["claimRef"].isSet { errors.forbidden(spec["claimRef"], inlineText) }
      if !spec["capacity"].isEmpty { errors.forbidden(spec["capacity"], inlineText) }
      if !spec["csi"].isSet {
        errors.required(spec["csi"], "has to be specified in the context of inline volumes")
      }
    }
    if spec["accessModes"].isEmpty { errors.required(spec["accessModes"]) }
    ClaimRules.accessModes(spec["accessModes"], &errors)
    if !isInline { capacity(spec["capacity"], &errors) }
    policy(spec["persistentVolumeReclaimPolicy"], isInline: isInline, &errors)
    affinity(spec["nodeAffinity"], isInline: isInline, &errors)
    source(spec, name: name, &errors)
    let className = spec["storageClassName"]
    if className.hasText {
      if isInline {
        errors.forbidden(className, inlineText)
      } else {
        errors.check(className, Names.dns1123Subdomain)
      }
    }
    volumeMode(spec["volumeMode"], isInline: isInline, &errors)
    let attributes = spec["volumeAttributesClassName"]
    if attributes.isSet {
      errors.checkRequired(attributes, "an empty string is disallowed", Names.dns1123Subdomain)
      if !spec["csi"].isSet {
        errors.required(spec["csi"], "has to be specified when using volumeAttributesClassName")
      }
    }
  }

  private static func capacity(_ capacity: Field, _ errors: inout Findings) {
    if capacity.isEmpty { errors.required(capacity) }
    if capacity.value?["storage"] == nil || capacity.count > 1 {
      errors.append(.notSupported(capacity.path, capacity.value ?? .null, ["storage"]))
    }
    for (_, entry) in capacity.entries {
      ClaimRules.basicAmount(entry, &errors)
      ResourceNames.positive(entry, &errors)
    }
  }

  private static func policy(_ policy: Field, isInline: Bool, _ errors: inout Findings) {
    if !policy.hasText { return }
    if !isInline {
      errors.oneOf(policy, ["Delete", "Recycle", "Retain"])
    } else if policy.text != "Retain" {
      errors.forbidden(policy, "may only be Retain in the context of inline volumes")
    }
  }

  private static func volumeMode(_ mode: Field, isInline: Bool, _ errors: inout Findings) {
    if !mode.isSet { return }
    if !isInline {
      errors.oneOf(mode, ["Block", "Filesystem"])
    } else if mode.text != "Filesystem" {
      errors.forbidden(
        mode, "may not specify volumeMode other than Filesystem in the context of inline volumes")
    }
  }

  private static func affinity(_ affinity: Field, isInline: Bool, _ errors: inout Findings) {
    if !affinity.isSet { return }
    if isInline { return errors.forbidden(affinity, inlineText) }
    if affinity["required"].isSet {
      PodRules.nodeSelector(affinity["required"], &errors)
    } else {
      errors.required(affinity["required"], "must specify required node constraints")
    }
  }

  private static func source(_ spec: Field, name: String, _ errors: inout Findings) {
    var count = 0
    for (type, path) in order where spec[type].isSet {
      if count > 0, type != "flexVolume" {
        errors.forbidden(spec[path], "may not specify more than 1 volume type")
        continue
      }
      count += 1
      let source = spec[type]
      switch type {
      case "local":
        if source["path"].hasText {
          PodRules.noBacksteps(source["path"], &errors)
        } else {
          errors.required(source["path"])
        }
        if !spec["nodeAffinity"].isSet {
          errors.required(spec["nodeAffinity"], "Local volume requires node affinity")
        }
      case "csi": csi(source, &errors)
      default: VolumeSources.validate(type, source, isPersistent: true, &errors)
      }
    }
    if count == 0 { errors.required(spec, "must specify a volume type") }
    let path = spec["hostPath"]["path"].text
    if spec["hostPath"].isSet, !path.isEmpty, path.allSatisfy({ $0 == "/" || $0 == "." }),
      path.hasPrefix("/"),
      spec["persistentVolumeReclaimPolicy"].text == "Recycle"
    {
      errors.forbidden(
        spec["persistentVolumeReclaimPolicy"], "may not be 'recycle' for a hostPath mount of '/'")
    }
  }

  private static func csi(_ source: Field, _ errors: inout Findings) {
    StorageNames.driver(source["driver"], &errors)
    errors.requireText(source["volumeHandle"])
    for name in [
      "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef",
      "nodeExpandSecretRef",
    ] where source[name].isSet {
      errors.checkRequired(source[name]["name"], "", Names.dns1123Subdomain)
      errors.checkRequired(source[name]["namespace"], "", Names.dns1123Label)
    }
  }

  // MARK: - Changes

  private static let change: ChangeRule = { new, old, errors in
    var after = new["spec"].value ?? .null
    let before = old["spec"] ?? .null
    if before["csi"] != nil, before["csi"]?["controllerExpandSecretRef"] == nil, after["csi"] != nil {
      after.set(nil, at: ["csi", "controllerExpandSecretRef"])
    }
    let sources = [before, after].map { GoStruct.value($0, as: "PersistentVolumeSource") }
    if sources[0] != sources[1] {
      errors.forbidden(
        new["spec"]["persistentvolumesource"],
        "spec.persistentvolumesource is immutable after creation\n"
          + GoStruct.difference(sources[0], sources[1]))
    }
    if new["spec"]["volumeMode"].value != before["volumeMode"] {
      errors.invalid(Field(new["spec"]["volumeMode"].value, at: "volumeMode"), Texts.immutable)
    }
    if let affinity = before["nodeAffinity"], new["spec"]["nodeAffinity"].value != affinity {
      errors.invalid(
        Field(new["spec"]["nodeAffinity"].value, at: "nodeAffinity"),
        "\(Texts.immutable), except for updating from beta label to GA")
    }
    let attributes = new["spec"]["volumeAttributesClassName"]
    if before["volumeAttributesClassName"] != nil, !attributes.isSet {
      errors.forbidden(attributes, "update from non-nil value to nil is forbidden")
    }
  }
}
