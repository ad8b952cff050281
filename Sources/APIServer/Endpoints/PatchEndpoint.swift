import HTTPService
import Schema
import Values

/// patch of a resource in its four forms (Kubernetes API concepts, "Patches").
struct PatchEndpoint {
  enum Form: String, CaseIterable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"

    /// The forms that a kind takes: strategic merge needs types of which Go knows the patch tags.
    static func accepted(_ resource: APIResource) -> [Form] {
      resource.isCustom ? [.json, .merge, .apply] : [.json, .merge, .strategic, .apply]
    }
  }

  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry

  func patch() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let form = try self.form()
    let bytes = try await BodyDecoder(context: context).bytes()
    context.audit?.brings(patch: bytes, form == .apply ? .yaml : .json)
    let options = try WriteOptions(context, .patch, isApply: form == .apply)
    let patcher = try Patcher(
      form: form, bytes: bytes, context: context, scope: scope, options: options)
    let result = try await registry.update(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name, options: options,
      caller: context.caller(options, registry), createsAlways: form == .apply
    ) { old throws(StatusError) in
      try patcher.change(old)
    }
    return try Answer(context: context).object(
      result.object, code: result.wasCreated ? 201 : 200, scope: scope, format: format)
  }

  /// The form that `Content-Type` names.
  /// - Throws: 415.
  func form() throws(StatusError) -> Form {
    let header = context.http.headers.first(name: "Content-Type") ?? ""
    let accepted = Form.accepted(scope.resource)
    if let essence = MediaType(header)?.essence, let form = Form(rawValue: essence), accepted.contains(form) {
      return form
    }
    if scope.resource.isCustom {
      throw .unsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: "
          + accepted.map(\.rawValue).joined(separator: ", "))
    }
    throw StatusError(
      code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: .init())
  }
}

/// A patch that was read, to be applied to whatever is stored.
struct Patcher {
  let form: PatchEndpoint.Form
  let context: RequestContext
  let scope: ResourceScope
  let options: WriteOptions
  private let document: Value
  private let duplicates: [String]
  private let json: JSONPatch?

  init(
    form: PatchEndpoint.Form, bytes: [UInt8], context: RequestContext, scope: ResourceScope,
    options: WriteOptions
  ) throws(StatusError) {
    self.form = form
    self.context = context
    self.scope = scope
    self.options = options
    var duplicates: [String]? = []
    let document: Value
    do {
      document =
        form == .apply
        ? try YAML.parse(bytes, duplicates: &duplicates) : try JSON.parse(bytes, duplicates: &duplicates)
    } catch let error as YAML.SyntaxError {
      throw .badRequest("error decoding YAML: error converting YAML to JSON: \(error.message)")
    } catch let error as JSON.SyntaxError {
      throw .badRequest(Self.unreadable(error.message, form, options))
    } catch {
      throw .badRequest("\(error)")
    }
    self.duplicates = duplicates ?? []
    json = form == .json ? try Self.operations(document) : nil
    self.document = try Self.whole(document, form, options)
    if form == .apply { try checkApplied() }
  }

  /// A YAML document should not give a key twice.
  private func checkRepeated() throws(StatusError) {
    if duplicates.isEmpty || options.fieldValidation == .ignore { return }
    let text = "error converting YAML to JSON: \(YAML.duplicatesError(duplicates).message)"
    if options.fieldValidation == .strict { throw .badRequest("error strict decoding YAML: \(text)") }
    for warning in StrictErrors.warnings(text) { context.warn(warning) }
  }

  /// What field validation finds in the patch itself.
  private var findings: [String] {
    switch form {
    case .json:
      duplicates.map { "json patch duplicate field \(FieldError.quoted($0))" }
        + (json?.unknownFields ?? []).map { "json patch unknown field \(FieldError.quoted($0))" }
    case .merge, .strategic: StrictErrors.merged(duplicates: duplicates, unknown: [])
    case .apply: []
    }
  }

  /// What is said of a patch that is no JSON, or not the right one.
  private static func unreadable(
    _ message: String, _ form: PatchEndpoint.Form, _ options: WriteOptions
  ) -> String {
    switch form {
    case .merge where options.fieldValidation == .ignore: "Invalid JSON Patch"
    case .json, .merge: "error decoding patch: \(message)"
    case .strategic, .apply: message
    }
  }

  /// All but JSON patches are objects; nothing at all is a strategic patch that changes nothing.
  private static func whole(
    _ document: Value, _ form: PatchEndpoint.Form, _ options: WriteOptions
  ) throws(StatusError) -> Value {
    if form == .json || document.object != nil { return document }
    if document.isNull, form == .strategic || form == .apply { return [:] }
    if document.isNull, form == .merge { throw .badRequest("Invalid JSON Patch") }
    let text =
      "json: cannot unmarshal \(BodyDecoder.goShape(document)) into Go value of type map[string]interface {}"
    throw .badRequest(
      form == .apply
        ? "error decoding YAML: error unmarshaling JSON: while decoding JSON: \(text)"
        : unreadable(text, form, options))
  }

  private static func operations(_ document: Value) throws(StatusError) -> JSONPatch {
    do {
      return try JSONPatch(parsing: document)
    } catch {
      throw status(error)
    }
  }

  private static func status(_ error: JSONPatch.Failure) -> StatusError {
    switch error.kind {
    case .malformed: .badRequest(error.message)
    case .tooManyOperations: .tooLarge(error.message)
    case .notApplicable: rejected
    }
  }

  /// What every failure to carry out a JSON patch is answered with.
  private static let rejected = StatusError(
    code: 422, reason: "Invalid",
    message: "the server rejected our request due to an error in our request", details: .init())

  private func checkApplied() throws(StatusError) {
    let name = document["kind"]?.string ?? ""
    let version = GroupVersion(apiVersion: document["apiVersion"]?.string ?? "")
    // Of a version that can't be read not even the kind is known.
    let kind = version?.kind(name) ?? GroupVersionKind(group: "", version: "", kind: "")
    guard kind == scope.bodyKind else { throw .badRequest("invalid object type: \(kind)") }
    if document["metadata"]?["managedFields"] != nil {
      throw .badRequest("metadata.managedFields must be nil")
    }
  }

  /// The patched object.
  /// - Parameter old: what is read and written at the path: the object, or its scale.
  func change(_ old: Value?) throws(StatusError) -> ObjectRegistry.Change {
    let namespace = context.info.namespace(of: scope)
    if form == .apply {
      var merged = try Ownership.apply(
        live: old, applied: document, scope: scope, manager: options.fieldManager,
        force: options.force ?? false)
      try checkRepeated()
      merged = try ObjectDecoder(context: context, scope: scope).decodePatched(
        merged, patch: JSON.text(merged), findings: [], validation: .ignore)
      try checkUID(merged, old)
      try SentObject.match(&merged, namespace: namespace)
      try SentObject.match(merged, name: context.info.name)
      return .init(object: merged, isApplied: true)
    }
    // The update never patches what is not there.
    guard let old else { throw .notFound(scope.groupResource, context.info.name) }
    let patched = try apply(old)
    let decoder = ObjectDecoder(context: context, scope: scope)
    // A strategic patch is quoted itself, of the others what they made.
    let shown = { form == .strategic ? GoMap.text(document) : JSON.text(patched) }
    do {
      if form == .strategic {
        try UnstructuredConversion.check(patched, as: scope.bodyType)
      } else {
        try decoder.checkPatchedKind(patched)
      }
    } catch {
      throw ObjectDecoder.refusal(of: shown(), error.message)
    }
    var object = try decoder.decodePatched(
      patched, patch: shown(), findings: findings, validation: options.fieldValidation)
    try SentObject.match(&object, namespace: namespace)
    try SentObject.match(object, name: context.info.name)
    return .init(object: object)
  }

  /// Who names a uid expects the object to be there.
  private func checkUID(_ new: Value, _ old: Value?) throws(StatusError) {
    guard old == nil, let uid = new["metadata"]?["uid"]?.string, !uid.isEmpty else { return }
    throw .conflict(
      scope.groupResource, context.info.name,
      "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
  }

  private func apply(_ old: Value) throws(StatusError) -> Value {
    switch form {
    case .json:
      guard let json else { return old }
      do {
        return try json.apply(to: old)
      } catch {
        throw Self.status(error)
      }
    case .merge:
      return MergePatch.apply(document, to: old)
    case .strategic:
      do {
        return try StrategicMergePatch.apply(document, to: old, type: scope.bodyType)
      } catch {
        throw error.status
      }
    case .apply: return old
    }
  }
}

/// A value as Go's `%v` prints a `map[string]interface{}`: `map[spec:map[foo:1]]`.
enum GoMap {
  static func text(_ value: Value) -> String {
    switch value {
    case .object(let object):
      "map[" + object.sortedKeys.map { "\($0):\(text(object[$0] ?? .null))" }.joined(separator: " ") + "]"
    case .array(let elements): "[" + elements.map(text).joined(separator: " ") + "]"
    case .string(let text): text
    case .null: "<nil>"
    default: JSON.text(value)
    }
  }
}
