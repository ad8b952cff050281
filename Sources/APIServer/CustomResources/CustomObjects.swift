import Schema
import Validation
import Values

/// What the registry does to objects of custom kinds, where built-in kinds have code and tables of their own
/// (k8s.io/apiextensions-apiserver, registry/customresource).
enum CustomObjects {
  /// An object after mutating admission: what that added is pruned and defaulted like what clients send.
  /// - Throws: as ``checkType(_:_:)``.
  static func admitted(_ object: Value, before: Value, _ scope: ResourceScope) throws(StatusError) -> Value {
    guard scope.custom != nil else { return object }
    try checkType(object, scope)
    if object == before { return object }
    var object = object
    StructuralPruning.prune(&object, as: scope.type)
    StructuralDefaults.apply(to: &object, as: scope.type)
    return object
  }

  /// An object has the kind and the version of the path that it is written by.
  /// - Throws: 422 that names the kind that the object says it has.
  static func checkType(_ object: Value, _ scope: ResourceScope) throws(StatusError) {
    guard scope.custom != nil else { return }
    let kind = object["kind"]?.string ?? ""
    let apiVersion = object["apiVersion"]?.string ?? ""
    var errors: [FieldError] = []
    if kind != scope.kind.kind {
      errors.append(.invalid("kind", .string(kind), "must be \(scope.kind.kind)"))
    }
    if apiVersion != scope.kind.apiVersion {
      errors.append(.invalid("apiVersion", .string(apiVersion), "must be \(scope.kind.apiVersion)"))
    }
    if errors.isEmpty { return }
    throw .invalid(
      GroupKind(group: scope.kind.group, kind: kind), object["metadata"]?["name"]?.string ?? "", errors)
  }

  /// Findings about a new object besides those about its metadata, in the version of the request.
  /// - Parameter found: those about its metadata.
  /// - Returns: all findings.
  static func validateNew(
    _ object: Value, _ custom: ServedAPI.CustomVersion, after found: [FieldError] = []
  ) -> [FieldError] {
    guard let schema = custom.structural else { return found }
    var errors = found
    errors += schema.validate(object) + ScaleChecks.spec(object, custom.scale)
    errors += ScaleChecks.status(object, custom.scale) + EmbeddedChecks.validate(object, schema)
    errors += schema.validateListTypes(object)
    if let rules = custom.rules?.rules {
      if let blocked = blocked(errors) { return errors + [blocked] }
      errors += rules.validate(object).errors
    }
    return errors
  }

  /// Findings about a changed object. What was wrong with it before is let pass where it has not changed.
  /// - Parameters:
  ///   - subresource: `status`, or empty for the object itself.
  ///   - found: findings about its metadata.
  ///   - warn: is told of rules that do not hold for what has not changed.
  /// - Returns: all findings.
  static func validateChanged(
    _ new: Value, old: Value, _ custom: ServedAPI.CustomVersion, subresource: String,
    after found: [FieldError] = [], warn: (String) -> Void = { _ in }
  ) -> [FieldError] {
    guard let schema = custom.structural else { return found }
    var errors = found
    if subresource == "status" {
      if let status = new["status"], let type = schema.property("status") {
        errors += type.validate(status, old: old["status"], at: "status")
      }
    } else {
      errors += schema.validate(new, old: old) + ScaleChecks.spec(new, custom.scale)
    }
    errors += ScaleChecks.status(new, custom.scale)
    errors += EmbeddedChecks.validate(new, schema)
    if schema.validateListTypes(old).isEmpty { errors += schema.validateListTypes(new) }
    if let rules = custom.rules?.rules {
      if let blocked = blocked(errors) { return errors + [blocked] }
      let outcome = rules.validate(new, old: old)
      for warning in outcome.warnings { warn(warning) }
      errors += outcome.errors
    }
    return errors
  }

  /// Findings after which an object may be of another shape than the rules were written for.
  private static let blockingKinds: Set<FieldError.Kind> = [
    .notSupported, .required, .tooLong, .tooMany, .typeInvalid,
  ]

  /// What is said where rules are not evaluated because of what else is wrong; nil where they can be.
  private static func blocked(_ errors: [FieldError]) -> FieldError? {
    guard errors.contains(where: { blockingKinds.contains($0.kind) }) else { return nil }
    return .invalid(
      "<nil>", .null,
      "some validation rules were not checked because the object was invalid; correct the existing errors to "
        + "complete validation")
  }

  /// Warns of finalizers that may be confused with those of others.
  static func warnings(_ new: Value, old: Value?) -> [String] {
    let added = Set(ObjectMeta.finalizers(new)).subtracting(old.map(ObjectMeta.finalizers) ?? [])
    return added.sorted().filter { !$0.contains("/") && !standardFinalizers.contains($0) }.map {
      "metadata.finalizers: \(FieldError.quoted($0)): prefer a domain-qualified finalizer name including a path "
        + "(/) to avoid accidental conflicts with other finalizer writers"
    }
  }

  private static let standardFinalizers: Set = [Deletion.orphanFinalizer, Deletion.foregroundFinalizer]
}

/// Checks of resources inside custom objects (`x-kubernetes-embedded-resource`).
private enum EmbeddedChecks {
  static func validate(_ object: Value, _ schema: StructuralSchema) -> [FieldError] {
    schema.embeddedResources(in: object).flatMap { check($0.object, $0.path) }
  }

  private static func check(_ object: Object, _ path: FieldPath) -> [FieldError] {
    var errors: [FieldError] = []
    for key in ["apiVersion", "kind"] where !object.contains(key) {
      errors.append(.required(path.child(key)))
    }
    for key in object.sortedKeys {
      guard let value = object[key] else { continue }
      switch key {
      case "apiVersion", "kind": errors += checkText(value, key, path.child(key))
      case "metadata": errors += checkMetadata(value, path)
      default: break
      }
    }
    return errors
  }

  private static func checkText(_ value: Value, _ key: String, _ path: FieldPath) -> [FieldError] {
    guard case .string(let text) = value else { return [.invalid(path, value, "must be a string")] }
    if text.isEmpty { return [.required(path)] }
    if key == "apiVersion" {
      let isRead = GroupVersion(apiVersion: text) != nil
      return isRead ? [] : [.invalid(path, value, "unexpected GroupVersion string: \(text)")]
    }
    return kindPattern?.matches(text) ?? true
      ? []
      : [
        .invalid(
          path, value,
          "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case "
            + "alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric "
            + "character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
            + "'[a-z]([-a-z0-9]*[a-z0-9])?')")
      ]
  }

  private static let kindPattern = try? RegularExpression("^[a-zA-Z]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$")

  /// Metadata is checked as that of any object; it need not have a name.
  private static func checkMetadata(_ metadata: Value, _ path: FieldPath) -> [FieldError] {
    guard metadata.object != nil else { return [] }
    var metadata = metadata
    if (metadata["name"]?.string ?? "").isEmpty { metadata["name"] = "fakename" }
    let isNamespaced = !(metadata["namespace"]?.string ?? "").isEmpty
    return ObjectValidator.create(["metadata": metadata], stand(isNamespaced), type: ObjectType(name: "")).map
    {
      FieldError(kind: $0.kind, path: path.child($0.path.description), message: $0.message)
    }
  }

  private static func stand(_ isNamespaced: Bool) -> APIResource {
    APIResource(
      groupVersion: GroupVersion(group: "", version: ""), name: "", singularName: "", kind: "",
      isNamespaced: isNamespaced, verbs: [], isCustom: true)
  }
}
