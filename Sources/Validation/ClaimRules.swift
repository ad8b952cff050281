import Schema
import Values

/// PersistentVolumeClaims and the templates of them.
enum ClaimRules {
  static let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

  static func template(_ template: Field, _ errors: inout Findings) {
    let metadata = template["metadata"]
    Metadata.annotations(metadata["annotations"], &errors)
    Metadata.labels(metadata["labels"], &errors)
    for (name, part) in metadata.entries
    where !["annotations", "labels"].contains(name) && !(part.value?.isEmptyPart ?? true) {
      errors.forbidden(part, "cannot be set")
    }
    spec(template["spec"], &errors)
  }

  static func accessModes(_ field: Field, _ errors: inout Findings) {
    let given = field.strings
    for mode in given where !modes.contains(mode) {
      errors.append(.notSupported(field.path, .string(mode), modes))
    }
    if given.contains("ReadWriteOncePod"),
      given.contains(where: { $0 != "ReadWriteOncePod" && modes.contains($0) })
    {
      errors.forbidden(field, "may not use ReadWriteOncePod with other access modes")
    }
  }

  static func spec(_ spec: Field, _ errors: inout Findings) {
    if spec["accessModes"].isEmpty {
      errors.required(spec["accessModes"], "at least 1 access mode is required")
    }
    Selectors.validate(spec["selector"], &errors)
    accessModes(spec["accessModes"], &errors)
    let storage = spec["resources"].key("storage").with(spec["resources"]["requests"]["storage"].value)
    if storage.isSet {
      ResourceNames.positive(storage, &errors)
    } else {
      errors.required(storage)
    }
    if spec["storageClassName"].hasText { errors.check(spec["storageClassName"], Names.dns1123Subdomain) }
    if spec["volumeMode"].isSet { errors.oneOf(spec["volumeMode"], ["Block", "Filesystem"]) }
    sources(spec, &errors)
    if spec["volumeAttributesClassName"].hasText {
      errors.check(spec["volumeAttributesClassName"], Names.dns1123Subdomain)
    }
  }

  private static func sources(_ spec: Field, _ errors: inout Findings) {
    let (source, reference) = (spec["dataSource"], spec["dataSourceRef"])
    for field in [source, reference] where field.isSet {
      errors.requireText(field["name"])
      errors.requireText(field["kind"])
      if field["apiGroup"].hasText {
        errors.check(field["apiGroup"], Names.dns1123Subdomain)
      } else if field["kind"].text != "PersistentVolumeClaim" {
        errors.invalid(
          field, showing: .string(field["kind"].text),
          "must be 'PersistentVolumeClaim' when referencing the default apiGroup")
      }
    }
    if reference["namespace"].hasText { errors.check(reference["namespace"], Names.dns1123Label) }
    guard source.isSet, reference.isSet else { return }
    // The value that the real server shows here is the path itself.
    let shown = Value.object([:])
    if reference["namespace"].hasText {
      errors.invalid(spec, showing: shown, "may not be specified when dataSourceRef.namespace is specified")
    } else if ["apiGroup", "kind", "name"].contains(where: { source[$0].value != reference[$0].value }) {
      errors.invalid(spec, showing: shown, "must match dataSourceRef")
    }
  }

  // MARK: - Changes

  private static let classAnnotation = "volume.beta.kubernetes.io/storage-class"

  static let change: ChangeRule = { new, old, errors in
    let isBound = new["status"]["phase"].text == "Bound"
    var (after, before) = (new["spec"].value ?? .null, old["spec"] ?? .null)
    if before["volumeName"] == nil { before["volumeName"] = after["volumeName"] }
    let annotation = new["metadata"]["annotations"].key(classAnnotation).text
    let oldAnnotation = old["metadata"]?["annotations"]?[classAnnotation]?.string ?? ""
    let hadAnnotation = old["metadata"]?["annotations"]?[classAnnotation] != nil
    let hasAnnotation = new["metadata"]["annotations"].key(classAnnotation).isSet
    let name = before["storageClassName"] == nil ? after["storageClassName"]?.string : nil
    // The name of a class may move from the annotation, where it was first, to the field.
    let isMove = hadAnnotation && name == oldAnnotation && (!hasAnnotation || annotation == oldAnnotation)
    if !isMove, annotation != oldAnnotation {
      errors.invalid(
        new["metadata"]["annotations"][classAnnotation], showing: .string(annotation), Texts.immutable)
    }
    if isMove || name != nil && (!hadAnnotation || name == oldAnnotation) { after["storageClassName"] = nil }
    let requested = after["resources"]?["requests"]?["storage"]
    let previous = before["resources"]?["requests"]?["storage"]
    if isBound {
      if after["resources"]?["requests"] != nil {
        after.set(previous, at: ["resources", "requests", "storage"])
      }
      after["volumeAttributesClassName"] = before["volumeAttributesClassName"]
    }
    if after != before {
      let difference = GoStruct.difference(
        GoStruct.value(before, as: "ClaimSpec"), GoStruct.value(after, as: "ClaimSpec"))
      errors.forbidden(
        new["spec"],
        "spec is immutable after creation except resources.requests and volumeAttributesClassName "
          + "for bound claims\n\(difference)")
    }
    func amount(_ value: Value?) -> Quantity { value.flatMap { try? Quantity(json: $0) } ?? .zero }
    if amount(requested) < amount(previous),
      !(amount(old["status"]?["capacity"]?["storage"]) < amount(requested))
    {
      errors.forbidden(
        new["spec"]["resources"]["requests"]["storage"], "field can not be less than status.capacity")
    }
    if new["spec"]["volumeMode"].value != old["spec"]?["volumeMode"] {
      errors.invalid(Field(new["spec"]["volumeMode"].value, at: "volumeMode"), Texts.immutable)
    }
    attributesClass(new, old, &errors)
  }

  private static let resizeStates = [
    "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
  ].sorted()

  static let statusChange: ChangeRule = { new, old, errors in
    Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
    if new["spec"]["accessModes"].isEmpty { errors.required(Field(nil, at: "Spec.accessModes")) }
    let status = new["status"]
    for (_, entry) in status["capacity"].entries { basicAmount(entry, &errors) }
    for (name, entry) in status["allocatedResourceStatuses"].entries {
      resourceKey(name, status["allocatedResourceStatuses"], &errors)
      if !resizeStates.contains(entry.text) {
        errors.append(
          .notSupported(status["allocatedResourceStatuses"].path, .string(name), resizeStates))
      }
    }
    for (name, entry) in status["allocatedResources"].entries {
      resourceKey(name, status["allocatedResources"], &errors)
      basicAmount(entry, &errors)
    }
  }

  private static func resourceKey(_ name: String, _ field: Field, _ errors: inout Findings) {
    let faults = Names.qualified(name)
    for message in faults { errors.invalid(field, showing: .string(name), message) }
    if faults.isEmpty, ResourceNames.isNative(name), name != "storage" {
      errors.append(.notSupported(field.path, .string(name), ["storage"]))
    }
  }

  static func basicAmount(_ entry: Field, _ errors: inout Findings) {
    guard let quantity = entry.quantity, quantity.sign < 0 else { return }
    errors.invalid(entry, showing: .int(quantity.value), "must be a valid resource quantity")
  }

  private static func attributesClass(_ new: Field, _ old: Value, _ errors: inout Findings) {
    let name = new["spec"]["volumeAttributesClassName"]
    guard name.value != old["spec"]?["volumeAttributesClassName"],
      old["status"]?["currentVolumeAttributesClassName"]?.string != nil
    else { return }
    if !name.isSet {
      errors.forbidden(
        name, "update to nil is forbidden when status.currentVolumeAttributesClassName is not nil")
    } else if !name.hasText {
      errors.forbidden(
        name, "update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil")
    }
  }
}
