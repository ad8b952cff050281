import Schema
import Values

/// The message that a webhook is asked with (admission.k8s.io/v1 AdmissionReview; v1beta1 differs only in what
/// its answers are checked for).
struct AdmissionReview: Sendable {
  /// Known to this server, best first.
  static let versions = ["v1", "v1beta1"]

  let version: String
  let uid: String
  let value: Value

  /// - Parameters:
  ///   - object: that of the request, in the kind that the webhook sees.
  ///   - oldObject: likewise.
  /// - Returns: nil where the webhook accepts no version that is known.
  init?(_ call: HookCall, _ request: AdmissionRequest, object: Value?, oldObject: Value?) {
    guard let version = call.hook.reviewVersions.first(where: Self.versions.contains) else { return nil }
    let uid = RandomText.uuid()
    self.version = version
    self.uid = uid
    var fields = Self.request(request, uid: uid, resource: call.resource, kind: call.kind)
    fields["object"] = object ?? .null
    fields["oldObject"] = oldObject ?? .null
    Self.addOptions(request, to: &fields)
    value = [
      "kind": "AdmissionReview", "apiVersion": .string("admission.k8s.io/\(version)"),
      "request": .object(fields),
    ]
  }

  /// The members of an AdmissionRequest before its objects.
  static func request(
    _ request: AdmissionRequest, uid: String, resource: GroupVersionResource, kind: GroupVersionKind
  ) -> Object {
    let isNamespace = request.resource.groupResource == .namespaces
    var fields: Object = [
      "uid": .string(uid), "kind": Self.kind(kind), "resource": Self.resource(resource),
    ]
    if !request.subresource.isEmpty { fields["subResource"] = .string(request.subresource) }
    fields["requestKind"] = Self.kind(request.kind)
    fields["requestResource"] = Self.resource(request.resource)
    if !request.subresource.isEmpty { fields["requestSubResource"] = .string(request.subresource) }
    let name =
      request.name.isEmpty && request.operation == .create
      ? request.object?["metadata"]?["name"]?.string ?? "" : request.name
    if !name.isEmpty { fields["name"] = .string(name) }
    // A namespace is told as the one that it is.
    let namespace = isNamespace ? name : request.namespace
    if !namespace.isEmpty { fields["namespace"] = .string(namespace) }
    fields["operation"] = .string(request.operation.rawValue)
    fields["userInfo"] = request.user.value
    return fields
  }

  /// The members of an AdmissionRequest after its objects.
  static func addOptions(_ request: AdmissionRequest, to fields: inout Object) {
    fields["dryRun"] = .bool(request.isDryRun)
    fields["options"] = options(request)
  }

  private static func kind(_ kind: GroupVersionKind) -> Value {
    ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
  }

  private static func resource(_ resource: GroupVersionResource) -> Value {
    [
      "group": .string(resource.group), "version": .string(resource.version),
      "resource": .string(resource.resource),
    ]
  }

  private static func options(_ request: AdmissionRequest) -> Value {
    guard let options = request.options.object, request.operation != .connect else { return .null }
    let kind =
      switch request.operation {
      case .create: "CreateOptions"
      case .update: "UpdateOptions"
      case .delete, .connect: "DeleteOptions"
      }
    var full: Object = ["kind": .string(kind), "apiVersion": "meta.k8s.io/v1"]
    for (key, value) in options where !full.contains(key) { full[key] = value }
    return .object(full)
  }
}

/// What a webhook answered, checked.
struct AdmissionAnswer: Sendable {
  var isAllowed = false
  /// A metav1.Status, which says why not.
  var status: Value?
  /// A JSON patch as text; empty for none.
  var patch: [UInt8] = []
  var patchType = ""
  var annotations: [(key: String, value: String)] = []
  var warnings: [String] = []

  /// Why an answer is none.
  struct Failure: Error, Sendable {
    var text: String
    /// Whether the answer was read and is not valid, rather than not understood.
    var isInvalid = true
  }

  /// - Parameters:
  ///   - document: the body of the answer.
  ///   - mayPatch: false for validating webhooks.
  init(_ document: Value, to review: AdmissionReview, mayPatch: Bool) throws(Failure) {
    let fields = try Self.member(document, "response", "")
    guard let fields, let response = fields.object else {
      throw Failure(text: "webhook response was absent")
    }
    isAllowed = try Self.bool(response, "allowed")
    status = try Self.member(fields, "status", "response.")
    for (key, value) in try Self.member(fields, "auditAnnotations", "response.")?.object ?? [:] {
      annotations.append((key, try Self.text(value, "response.auditAnnotations")))
    }
    for warning in response["warnings"]?.array ?? [] {
      warnings.append(try Self.text(warning, "response.warnings"))
    }
    let uid =
      try response["uid"].map { (value) throws(Failure) in try Self.text(value, "response.uid") } ?? ""
    let patchText = try response["patch"].map { (value) throws(Failure) in
      try Self.text(value, "response.patch")
    }
    do throws(Base64.DecodeError) {
      patch = try Base64.decode(patchText ?? "")
    } catch {
      throw Failure(text: error.message, isInvalid: false)
    }
    let type = try response["patchType"].flatMap { (value) throws(Failure) -> String? in
      value.isNull ? nil : try Self.text(value, "response.patchType")
    }
    if review.version == "v1" {
      try Self.check(document, uid: uid, expected: review.uid)
      try checkPatch(type, mayPatch: mayPatch)
      patchType = type ?? ""
    } else {
      // The older version was never checked so closely, and knows one kind of patch.
      if !mayPatch { patch = [] }
      patchType = patch.isEmpty ? "" : "JSONPatch"
    }
  }

  private static func check(_ document: Value, uid: String, expected: String) throws(Failure) {
    guard uid == expected else {
      throw Failure(
        text: "expected response.uid=\(FieldError.quoted(expected)), got \(FieldError.quoted(uid))")
    }
    let kind = document["kind"]?.string ?? ""
    let apiVersion = document["apiVersion"]?.string ?? ""
    guard kind == "AdmissionReview", apiVersion == "admission.k8s.io/v1" else {
      let got = GroupVersion(apiVersion: apiVersion) ?? GroupVersion(group: "", version: apiVersion)
      throw Failure(
        text: "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got \(got.kind(kind))")
    }
  }

  private func checkPatch(_ type: String?, mayPatch: Bool) throws(Failure) {
    guard mayPatch else {
      if !patch.isEmpty { throw Failure(text: "validating webhook may not return response.patch") }
      if type != nil { throw Failure(text: "validating webhook may not return response.patchType") }
      return
    }
    switch type {
    case nil where !patch.isEmpty:
      throw Failure(text: "webhook returned response.patch but not response.patchType")
    case .some where patch.isEmpty:
      throw Failure(text: "webhook returned response.patchType but not response.patch")
    case .some(""): throw Failure(text: #"webhook returned invalid response.patchType of """#)
    default: return
    }
  }

  // MARK: - Reading

  private static func member(_ value: Value, _ key: String, _ place: String) throws(Failure) -> Value? {
    guard let member = value[key], !member.isNull else { return nil }
    guard member.object != nil else { throw mismatch(member, "\(place)\(key)", goTypes[key] ?? "object") }
    return member
  }

  private static func bool(_ object: Object, _ key: String) throws(Failure) -> Bool {
    guard let value = object[key], !value.isNull else { return false }
    guard let bool = value.bool else { throw mismatch(value, "response.\(key)", "bool") }
    return bool
  }

  private static func text(_ value: Value, _ place: String) throws(Failure) -> String {
    if value.isNull { return "" }
    guard let text = value.string else { throw mismatch(value, place, "string") }
    return text
  }

  private static let goTypes = [
    "response": "v1.AdmissionResponse", "status": "v1.Status", "auditAnnotations": "map[string]string",
  ]

  private static func mismatch(_ value: Value, _ place: String, _ type: String) -> Failure {
    Failure(
      text: "json: cannot unmarshal \(value.jsonKind) into Go struct field AdmissionReview.\(place) of type "
        + type, isInvalid: false)
  }
}
