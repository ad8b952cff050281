import Schema
import Values

/// The volumes of a pod.
extension PodRules {
  /// - Parameter podName: the name of the pod; empty for a template.
  /// - Returns: the volumes without faults, by name.
  static func volumes(_ field: Field, podName: String, _ errors: inout Findings) -> [String: Field] {
    let made =
      podName.isEmpty
      ? [] : Set(field.elements.filter { $0["ephemeral"].isSet }.map { "\(podName)-\($0["name"].text)" })
    var volumes: [String: Field] = [:]
    for volume in field.elements {
      var faults = Findings()
      source(volume, podName: podName, &faults)
      let name = volume["name"]
      faults.checkRequired(name, "", Names.dns1123Label)
      if volumes[name.text] != nil { faults.duplicate(name, .string(name.text)) }
      if faults.isEmpty { volumes[name.text] = volume }
      errors += faults
      let claim = volume["persistentVolumeClaim"]["claimName"]
      if volume["persistentVolumeClaim"].isSet, made.contains(claim.text) {
        errors.invalid(claim, "must not reference a PVC that gets created for an ephemeral volume")
      }
    }
    return volumes
  }

  private static func source(_ volume: Field, podName: String, _ errors: inout Findings) {
    var count = 0
    for (name, path) in order where volume[name].isSet {
      if count > 0, name != "emptyDir" {
        errors.forbidden(volume[path], "may not specify more than 1 volume type")
        continue
      }
      count += 1
      if let validate = pod[name] {
        validate(volume[name], volume, &errors)
      } else {
        VolumeSources.validate(name, volume[name], &errors)
      }
      if name == "ephemeral", !podName.isEmpty, volume["name"].hasText {
        let claim = "\(podName)-\(volume["name"].text)"
        for message in Names.dns1123Subdomain(claim) {
          errors.invalid(volume["name"], "PVC name \(FieldError.quoted(claim)): \(message)")
        }
      }
    }
    if count == 0 { errors.required(volume, "must specify a volume type") }
  }

  /// The types of volumes in the order in which they are looked at, and the field that a second one is
  /// reported at.
  private static let order: [(name: String, path: String)] = [
    ("emptyDir", "emptyDir"), ("hostPath", "hostPath"), ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "gcePersistentDisk"), ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"), ("nfs", "nfs"), ("iscsi", "iscsi"), ("glusterfs", "glusterfs"),
    ("flocker", "flocker"), ("persistentVolumeClaim", "persistentVolumeClaim"), ("rbd", "rbd"),
    ("cinder", "cinder"), ("cephfs", "cephFS"), ("quobyte", "quobyte"), ("downwardAPI", "downwarAPI"),
    ("fc", "fc"), ("flexVolume", "flexVolume"), ("configMap", "configMap"), ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"), ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"), ("azureDisk", "azureDisk"), ("storageos", "storageos"),
    ("projected", "projected"), ("scaleIO", "scaleIO"), ("csi", "csi"), ("ephemeral", "ephemeral"),
    ("image", "image"),
  ]

  private typealias SourceRule = @Sendable (_ source: Field, _ volume: Field, inout Findings) -> Void

  /// The types that only pods have.
  private static let pod: [String: SourceRule] = [
    "emptyDir": { source, _, errors in
      if let limit = source["sizeLimit"].quantity, limit.sign < 0 {
        errors.forbidden(source["sizeLimit"], "SizeLimit field must be a valid resource quantity")
      }
    },
    "gitRepo": { source, _, errors in
      errors.requireText(source["repository"])
      descendingPath(source["directory"], &errors)
    },
    "secret": { source, _, errors in
      errors.requireText(source["secretName"])
      mode(source["defaultMode"], &errors)
      for item in source["items"].elements { keyToPath(item, &errors) }
    },
    "configMap": { source, _, errors in
      errors.requireText(source["name"])
      mode(source["defaultMode"], &errors)
      for item in source["items"].elements { keyToPath(item, &errors) }
    },
    "persistentVolumeClaim": { source, _, errors in errors.requireText(source["claimName"]) },
    "downwardAPI": { source, _, errors in
      mode(source["defaultMode"], &errors)
      for item in source["items"].elements { downwardFile(item, at: source, &errors) }
    },
    "iscsi": { source, volume, errors in
      VolumeSources.validate("iscsi", source, &errors)
      if source["initiatorName"].isSet,
        volume["name"].text.utf8.count + 1 + source["targetPortal"].text.utf8.count > 64
      {
        errors.invalidText(
          volume["name"],
          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters "
            + "if iscsi.initiatorName is specified.")
      }
    },
    "projected": { source, _, errors in
      mode(source["defaultMode"], &errors)
      projections(source, &errors)
    },
    "csi": { source, _, errors in
      StorageNames.driver(source["driver"], &errors)
      let secret = source["nodePublishSecretRef"]
      if !secret.isSet { return }
      if secret["name"].hasText {
        errors.check(source["name"].with(secret["name"].value), Names.dns1123Subdomain)
      } else {
        errors.required(secret["name"])
      }
    },
    "ephemeral": { source, _, errors in
      let template = source["volumeClaimTemplate"]
      guard template.isSet else {
        errors.required(template)
        return
      }
      ClaimRules.template(template, &errors)
    },
    "image": { source, _, errors in
      errors.requireText(source["reference"])
      errors.requiredOneOf(source["pullPolicy"], pullPolicies)
    },
  ]

  static func mode(_ mode: Field, _ errors: inout Findings) {
    if let value = mode.int, !(0...0o777).contains(value) {
      errors.invalid(mode, "must be a number between 0 and 0777 (octal), both inclusive")
    }
  }

  private static func keyToPath(_ item: Field, _ errors: inout Findings) {
    errors.requireText(item["key"])
    errors.requireText(item["path"])
    unreservedPath(item["path"], &errors)
    mode(item["mode"], &errors)
  }

  private static let volumeFields = [
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
  ]

  /// The findings name the fields of the list's parent, as the real server does.
  private static func downwardFile(_ item: Field, at path: Field, _ errors: inout Findings) {
    func part(_ name: String) -> Field { path[name].with(item[name].value) }
    errors.requireText(part("path"))
    unreservedPath(part("path"), &errors)
    if item["fieldRef"].isSet {
      fieldSelector(part("fieldRef"), volumeFields, &errors)
      if item["resourceFieldRef"].isSet {
        errors.invalid(
          path, showing: "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
      }
    } else if item["resourceFieldRef"].isSet {
      resourceSelector(part("resourceFieldRef"), isVolume: true, &errors)
    } else {
      errors.required(path, "one of fieldRef and resourceFieldRef is required")
    }
    mode(part("mode"), &errors)
  }

  // MARK: - Projected volumes

  private static func projections(_ volume: Field, _ errors: inout Findings) {
    var paths: Set<String> = []
    func claim(_ path: String, showing value: String, _ errors: inout Findings) {
      if !paths.insert(path).inserted {
        errors.invalid(volume, showing: .string(value), "conflicting duplicate paths")
      }
    }
    for source in volume["sources"].elements {
      for name in ["secret", "configMap"] where source[name].isSet {
        errors.requireText(source[name]["name"])
        for item in source[name]["items"].elements {
          keyToPath(item, &errors)
          if item["path"].hasText { claim(item["path"].text, showing: source[name]["name"].text, &errors) }
        }
      }
      for item in source["downwardAPI"]["items"].elements {
        downwardFile(item, at: source["downwardAPI"], &errors)
        if item["path"].hasText { claim(item["path"].text, showing: item["path"].text, &errors) }
      }
      if source["serviceAccountToken"].isSet {
        tokenProjection(source["serviceAccountToken"], of: volume, &errors)
      }
      if source["clusterTrustBundle"].isSet {
        trustBundle(source["clusterTrustBundle"], &errors)
        let path = source["clusterTrustBundle"]["path"].text
        claim(path, showing: path, &errors)
      }
      if source["podCertificate"].isSet {
        certificate(source["podCertificate"], &errors) { claim($0, showing: $0, &$1) }
      }
      if source.count > 1 { errors.forbidden(source, "may not specify more than 1 volume type per source") }
    }
  }

  private static func tokenProjection(_ token: Field, of volume: Field, _ errors: inout Findings) {
    let expiration = token["expirationSeconds"]
    if expiration.number < 600 {
      errors.invalid(
        expiration, showing: .int(expiration.number), "may not specify a duration less than 10 minutes")
    }
    if expiration.number > 1 << 32 {
      errors.invalid(expiration, "may not specify a duration larger than 2^32 seconds")
    }
    let path = volume["path"].with(token["path"].value)
    if path.hasText { unreservedPath(path, &errors) } else { errors.required(path) }
  }

  private static func trustBundle(_ bundle: Field, _ errors: inout Findings) {
    switch (bundle["name"].isSet, bundle["signerName"].isSet) {
    case (true, true): errors.invalid(bundle, "only one of name and signerName may be used")
    case (true, false):
      if !bundle["name"].hasText { errors.required(bundle["name"], "must be a valid object name") }
      for message in SignerNames.bundle(bundle["name"].text) {
        errors.invalid(bundle["name"], "not a valid clustertrustbundlename: \(message)")
      }
      if bundle["labelSelector"].isSet {
        errors.invalid(bundle["labelSelector"], "labelSelector must be unset if name is specified")
      }
    case (false, true):
      if !bundle["signerName"].hasText {
        errors.required(bundle["signerName"], "must be a valid signer name")
      }
      SignerNames.validate(bundle["signerName"], &errors)
      Selectors.validate(bundle["labelSelector"], &errors)
    case (false, false): errors.required(bundle, "either name or signerName must be specified")
    }
    errors.requireText(bundle["path"])
    unreservedPath(bundle["path"], &errors)
  }

  private static func certificate(
    _ source: Field, _ errors: inout Findings, claim: (String, inout Findings) -> Void
  ) {
    SignerNames.validate(source["signerName"], &errors)
    errors.oneOf(
      source["keyType"], ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"])
    let expiration = source["maxExpirationSeconds"]
    if let seconds = expiration.int {
      let isOwn = source["signerName"].text.hasPrefix("kubernetes.io/")
      let maximum: Int64 = isOwn ? 86_400 : 91 * 86_400
      if seconds < 3600 { errors.invalid(expiration, "if provided, maxExpirationSeconds must be >= 3600") }
      if seconds > maximum {
        errors.invalid(expiration, "if provided, maxExpirationSeconds must be <= \(maximum)")
      }
    }
    let paths = ["credentialBundlePath", "keyPath", "certificateChainPath"].filter { source[$0].hasText }
    for name in paths {
      unreservedPath(source[name], &errors)
      claim(source[name].text, &errors)
    }
    if paths.isEmpty {
      errors.required(
        source, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath")
    }
  }
}
