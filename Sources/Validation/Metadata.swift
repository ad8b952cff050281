import Schema
import Values

/// Validation of metadata (k8s.io/apimachinery/pkg/api/validation/objectmeta.go).
enum Metadata {
  /// All annotations together, keys and values.
  static let annotationLimit = 256 * 1024

  // MARK: - New objects

  /// - Parameters:
  ///   - name: what the name must look like, and the start of a generated one.
  ///   - checksFinalizers: whether finalizers must be qualified or known, as for the older kinds.
  static func validate(
    _ metadata: Field, isNamespaced: Bool, name: NameRule, checksFinalizers: Bool, _ errors: inout Findings
  ) {
    let generated = metadata["generateName"]
    if generated.hasText {
      for message in name.check(generated.text, true) { errors.invalid(generated, message) }
    }
    if metadata["name"].hasText {
      for message in name.check(metadata["name"].text, false) { errors.invalid(metadata["name"], message) }
    } else {
      errors.required(metadata["name"], "name or generateName is required")
    }
    let namespace = metadata["namespace"]
    if isNamespaced {
      errors.checkRequired(namespace, "", Names.dns1123Label)
    } else if namespace.hasText {
      errors.forbidden(namespace, "not allowed on this type")
    }
    errors.nonNegative(metadata["generation"])
    labels(metadata["labels"], &errors)
    annotations(metadata["annotations"], &errors)
    owners(metadata["ownerReferences"], &errors)
    finalizers(metadata["finalizers"], &errors)
    managedFields(metadata["managedFields"], &errors)
    if checksFinalizers { knownFinalizers(metadata["finalizers"], &errors) }
  }

  // MARK: - Changed objects

  static func validateUpdate(
    _ metadata: Field, old: Value?, checksFinalizers: Bool, _ errors: inout Findings
  ) {
    if old?["deletionTimestamp"]?.string != nil {
      noNewFinalizers(metadata["finalizers"], old?["finalizers"]?.strings ?? [], &errors)
    }
    if !metadata["resourceVersion"].hasText {
      errors.invalidText(metadata["resourceVersion"], "must be specified for an update")
    }
    if metadata["generation"].number < old?["generation"]?.int ?? 0 {
      errors.invalid(
        metadata["generation"], showing: .int(metadata["generation"].number), "must not be decremented")
    }
    for name in ["name", "namespace", "uid"] where metadata[name].text != old?[name]?.string ?? "" {
      errors.invalidText(metadata[name], Texts.immutable)
    }
    for name in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
      errors.immutable(metadata[name], old?[name])
    }
    labels(metadata["labels"], &errors)
    annotations(metadata["annotations"], &errors)
    owners(metadata["ownerReferences"], &errors)
    managedFields(metadata["managedFields"], &errors)
    if checksFinalizers { knownFinalizers(metadata["finalizers"], &errors) }
  }

  private static func noNewFinalizers(_ field: Field, _ old: [String], _ errors: inout Findings) {
    let added = Set(field.strings).subtracting(old).sorted()
    if added.isEmpty { return }
    let list = added.map(FieldError.quoted).joined(separator: ", ")
    errors.forbidden(
      field,
      "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}")
  }

  // MARK: - Parts

  static func labels(_ field: Field, _ errors: inout Findings) {
    for (key, entry) in field.entries {
      labelKey(key, field, &errors)
      for message in Names.labelValue(entry.text) {
        errors.invalid(field, showing: .string(entry.text), message)
      }
    }
  }

  static func labelKey(_ key: String, _ field: Field, _ errors: inout Findings) {
    for message in Names.qualified(key) { errors.invalid(field, showing: .string(key), message) }
  }

  static func annotations(_ field: Field, _ errors: inout Findings) {
    var size = 0
    for (key, entry) in field.entries {
      // Upper case is allowed in an annotation's prefix.
      for message in Names.qualified(key.lowercased()) {
        errors.invalid(field, showing: .string(key), message)
      }
      size += key.utf8.count + entry.text.utf8.count
    }
    if size > annotationLimit { errors.tooLong(field, maximum: annotationLimit) }
  }

  private static func owners(_ field: Field, _ errors: inout Findings) {
    var controller: String?
    for owner in field.elements {
      self.owner(owner, at: field, &errors)
      guard owner["controller"].isTrue else { continue }
      let name = "\(owner["kind"].text)/\(owner["name"].text)"
      if let controller {
        let list = field.elements.map { shown(owner: $0) }
        errors.invalid(
          field, showing: .array(list),
          "Only one reference can have Controller set to true. Found \"true\" in references for "
            + "\(controller) and \(name)")
      } else {
        controller = name
      }
    }
  }

  private static func owner(_ owner: Field, at path: Field, _ errors: inout Findings) {
    let version = GroupVersion(apiVersion: owner["apiVersion"].text)
    func empty(_ name: String, _ text: String) {
      errors.append(.invalid(path.path.child(name), .string(owner[name].text), text))
    }
    if version?.version ?? "" == "" { empty("apiVersion", "version must not be empty") }
    for name in ["kind", "name", "uid"] where !owner[name].hasText { empty(name, "must not be empty") }
    if let version, version.group.isEmpty, version.version == "v1", owner["kind"].text == "Event" {
      errors.append(
        .invalid(path.path, shown(owner: owner), "/v1, Kind=Event is disallowed from being an owner"))
    }
  }

  /// An owner reference with its members in the order of its type.
  private static func shown(owner: Field) -> Value {
    var out = Object()
    for name in ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"] {
      if let value = owner[name].value { out[name] = value }
    }
    return .object(out)
  }

  private static func finalizers(_ field: Field, _ errors: inout Findings) {
    for finalizer in field.elements {
      for message in Names.qualified(finalizer.text) {
        errors.invalid(field, showing: .string(finalizer.text), message)
      }
    }
    let all = field.strings
    if all.contains("orphan"), all.contains("foregroundDeletion") {
      errors.invalid(
        field, "finalizer orphan and foregroundDeletion cannot be both set")
    }
  }

  /// Finalizers without a prefix must be those of Kubernetes itself.
  private static func knownFinalizers(_ field: Field, _ errors: inout Findings) {
    for finalizer in field.elements where !finalizer.text.contains("/") {
      if ["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer.text) { continue }
      // A name that is no qualified name at all has been reported.
      if !Names.qualified(finalizer.text).isEmpty { continue }
      errors.invalid(finalizer, "name is neither a standard finalizer name nor is it fully qualified")
    }
  }

  private static func managedFields(_ field: Field, _ errors: inout Findings) {
    for entry in field.elements {
      if !["Apply", "Update"].contains(entry["operation"].text) {
        errors.invalidText(entry["operation"], "must be `Apply` or `Update`")
      }
      let fieldsType = entry["fieldsType"]
      if fieldsType.hasText, fieldsType.text != "FieldsV1" {
        errors.invalid(fieldsType, "must be `FieldsV1`")
      }
      manager(entry["manager"], &errors)
      if entry["subresource"].text.utf8.count > 256 { errors.tooLong(entry["subresource"], maximum: 256) }
    }
  }

  private static func manager(_ field: Field, _ errors: inout Findings) {
    if field.text.utf8.count > 128 { errors.tooLong(field, maximum: 128) }
    for (i, scalar) in field.text.unicodeScalars.enumerated()
    where scalar.value < 0x20 || scalar.value == 0x7F {
      errors.invalid(field, "invalid character U+\(hex(scalar.value)) (at position \(i))")
    }
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
  }
}

/// What the names of a kind's objects must look like.
struct NameRule: Sendable {
  /// The faults of a name; the second argument tells whether it is only the start of a generated one.
  let check: @Sendable (String, Bool) -> [String]

  private static func ending(_ check: @escaping @Sendable (String) -> [String]) -> NameRule {
    NameRule { text, isPrefix in check(isPrefix ? Names.withoutTrailingDash(text) : text) }
  }

  static let subdomain = ending(Names.dns1123Subdomain)
  static let label = ending(Names.dns1123Label)
  static let label1035 = ending(Names.dns1035Label)
  static let pathSegment = NameRule { text, isPrefix in
    isPrefix ? Names.pathSegmentPrefix(text) : Names.pathSegment(text)
  }
}
