import Schema
import Values

/// From a parsed body to an object of the kind that the endpoint takes: kind and version checked, fields
/// decoded by their types, defaults filled in.
struct ObjectDecoder {
  let context: RequestContext
  let scope: ResourceScope

  /// The kind that bodies have at this path.
  private var expected: GroupVersionKind { scope.bodyKind }

  /// Decodes the body of a create or an update.
  /// - Throws: 400.
  func decode(_ body: BodyDecoder.Body, validation: WriteOptions.FieldValidation) throws(StatusError) -> Value
  {
    var value = body.value
    let kind = try checkKind(&value)
    do {
      return try typed(
        value,
        findings: StrictErrors.merged(duplicates: body.duplicates, yaml: body.yamlProblem, unknown: []),
        validation: validation)
    } catch {
      throw .badRequest(
        "\(kind.kind) in version \(FieldError.quoted(kind.version)) cannot be handled as a \(expected.kind): "
          + error.message
      )
    }
  }

  /// Decodes the result of a patch, whose kind need not be checked.
  /// - Parameters:
  ///   - patch: how an error shows the patch.
  ///   - findings: what field validation found in the patch itself.
  /// - Throws: 422 about the patch.
  func decodePatched(
    _ value: Value, patch: @autoclosure () -> String, findings: [String],
    validation: WriteOptions.FieldValidation
  ) throws(StatusError) -> Value {
    do {
      return try typed(value, findings: findings, validation: validation)
    } catch {
      throw Self.refusal(of: patch(), error.message)
    }
  }

  /// 422 about a patch.
  static func refusal(of patch: String, _ message: String) -> StatusError {
    .invalid(GroupKind(group: "", kind: ""), "", [.invalid("patch", .string(patch), message)])
  }

  /// A patch can't make another kind of an object.
  /// - Throws: what the real server's scheme says of the kind that the patched object has.
  func checkPatchedKind(_ value: Value) throws(DecodeError) {
    guard !scope.hasCustomBody, let name = value["kind"]?.string, !name.isEmpty,
      let version = GroupVersion(apiVersion: value["apiVersion"]?.string ?? ""), !version.version.isEmpty
    else { return }
    let kind = version.kind(name)
    if kind == expected || kind.groupKind == expected.groupKind && isKnown(kind) { return }
    throw DecodeError(
      isKnown(kind) ? GoTypes.noConversion(from: kind, to: expected) : GoTypes.notRegistered(kind))
  }

  private func isKnown(_ kind: GroupVersionKind) -> Bool {
    context.served.catalog.resource(of: kind)?.isCustom == false || TypeTable.builtIn.type(of: kind) != nil
  }

  private func typed(
    _ value: Value, findings: [String], validation: WriteOptions.FieldValidation
  ) throws(DecodeError) -> Value {
    let type = scope.bodyType
    var result =
      scope.hasCustomBody
      ? try StructuralPruning.decode(value, as: type) : try TypedDecoder.decode(value, as: type)
    let findings = Array((findings + result.strictErrors).prefix(StrictErrors.limit))
    switch validation {
    case .ignore: break
    case .warn: for text in findings.flatMap(StrictErrors.warnings) { context.warn(text) }
    case .strict:
      if let refusal = StrictErrors.refusal(findings) { throw refusal }
    }
    if scope.hasCustomBody {
      StructuralDefaults.apply(to: &result.value, as: type)
    } else {
      Defaults.apply(to: &result.value, kind: expected)
    }
    return result.value
  }

  /// Fills in kind and apiVersion where they are missing and refuses others than expected.
  private func checkKind(_ value: inout Value) throws(StatusError) -> GroupVersionKind {
    if scope.hasCustomBody { return try checkCustomKind(value) }
    let kindName = value["kind"]?.string ?? ""
    let apiVersion = value["apiVersion"]?.string ?? ""
    let version: GroupVersion
    if apiVersion.isEmpty {
      version = expected.groupVersion
    } else if let read = GroupVersion(apiVersion: apiVersion) {
      version = read
    } else {
      throw .badRequest("unexpected GroupVersion string: \(apiVersion)")
    }
    let kind = version.kind(kindName.isEmpty ? expected.kind : kindName)
    if kind != expected {
      let head =
        "\(kind.kind) in version \(FieldError.quoted(kind.version)) cannot be handled as a \(expected.kind): "
      guard context.served.catalog.resource(of: kind) != nil || TypeTable.builtIn.type(of: kind) != nil else {
        throw .badRequest(head + GoTypes.notRegistered(kind))
      }
      if kind.kind == expected.kind, kind.group == expected.group {
        throw .badRequest(
          "the API version in the data (\(kind.apiVersion)) does not match the expected API version "
            + "(\(expected.apiVersion))"
        )
      }
      throw .badRequest(head + GoTypes.noConversion(from: kind, to: expected))
    }
    value["kind"] = .string(expected.kind)
    value["apiVersion"] = .string(expected.apiVersion)
    return kind
  }
}

extension ObjectDecoder {
  /// A custom object must say what it is. Its kind is looked at when it is validated.
  private func checkCustomKind(_ value: Value) throws(StatusError) -> GroupVersionKind {
    let kind = value["kind"]?.string ?? ""
    let apiVersion = value["apiVersion"]?.string ?? ""
    guard !kind.isEmpty else {
      let text = JSON.text(value)
      throw .badRequest(
        "the object provided is unrecognized (must be of type \(expected.kind)): Object 'Kind' is missing in "
          + "'\(text)' (\(text.prefix(30))\(text.utf8.count > 30 ? " ..." : ""))")
    }
    guard apiVersion == expected.apiVersion else {
      throw .badRequest(
        "the API version in the data (\(apiVersion)) does not match the expected API version "
          + "(\(expected.apiVersion))"
      )
    }
    return expected.groupVersion.kind(kind)
  }
}

/// How Go names the types of the real server in error messages.
enum GoTypes {
  static func notRegistered(_ kind: GroupVersionKind) -> String {
    "no kind \(FieldError.quoted(kind.kind)) is registered for version \(FieldError.quoted(kind.apiVersion)) "
      + #"in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30""#
  }

  static func noConversion(from kind: GroupVersionKind, to expected: GroupVersionKind) -> String {
    "converting (\(kind.version).\(kind.kind)) to (\(internalType(expected))): unknown conversion"
  }

  /// A kind's type inside of the real server: `core.Pod`.
  static func internalType(_ kind: GroupVersionKind) -> String { "\(package(kind.group)).\(kind.kind)" }

  /// The package of a group's internal types: the group's first label, but for the core group.
  private static func package(_ group: String) -> String {
    switch group {
    case "": "core"
    case "rbac.authorization.k8s.io": "rbac"
    case "flowcontrol.apiserver.k8s.io": "flowcontrol"
    case "events.k8s.io": "core"
    case "internal.apiserver.k8s.io": "apiserverinternal"
    default: String(group.prefix { $0 != "." })
    }
  }
}
