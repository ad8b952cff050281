import Authentication
import Schema
import Values

/// Answers "may they?" (authorization.k8s.io/v1: SubjectAccessReview, LocalSubjectAccessReview,
/// SelfSubjectAccessReview). Each function gives the review's status.
public struct AccessReviewer: Sendable {
  /// Whose errors the answers are: real servers leave the kind out of them.
  private static let kind = GroupKind(group: "authorization.k8s.io", kind: "")

  private let authorizer: any Authorizer

  public init(authorizer: any Authorizer) { self.authorizer = authorizer }

  /// Whether the user that the review names may do something anywhere.
  /// - Throws: 422.
  public func subjectAccessReview(_ review: Value) async throws(StatusError) -> Value {
    let spec = AccessReviewSpec(review)
    try Self.check(spec.errors(needsSubject: true) + Self.metadataErrors(review, allowsNamespace: false))
    return await status(spec, spec.user)
  }

  /// Whether the user that the review names may do something in one namespace.
  /// - Parameter namespace: the path's.
  /// - Throws: 400 and 422.
  public func localSubjectAccessReview(
    _ review: Value, namespace: String
  ) async throws(StatusError) -> Value {
    let spec = AccessReviewSpec(review)
    var errors = spec.errors(needsSubject: true) + Self.metadataErrors(review, allowsNamespace: true)
    let own = review[path: "metadata", "namespace"]?.string ?? ""
    let asked = spec.resourceAttributes?["namespace"]?.string ?? ""
    if spec.resourceAttributes != nil, asked != own {
      errors.append(
        .invalid("spec.resourceAttributes.namespace", .string(asked), "must match metadata.namespace"))
    }
    if let other = spec.nonResourceAttributes {
      errors.append(
        .invalid(
          "spec.nonResourceAttributes", AccessReviewSpec.shown(other), "disallowed on this kind of request"))
    }
    try Self.check(errors)
    if asked != namespace {
      throw .badRequest("spec.resourceAttributes.namespace must match namespace: \(namespace)")
    }
    return await status(spec, spec.user)
  }

  /// Whether the caller may do something.
  /// - Throws: 422.
  public func selfSubjectAccessReview(_ review: Value, user: UserInfo) async throws(StatusError) -> Value {
    let spec = AccessReviewSpec(review)
    try Self.check(spec.errors(needsSubject: false) + Self.metadataErrors(review, allowsNamespace: false))
    return await status(spec, user)
  }

  // MARK: -

  private func status(_ spec: AccessReviewSpec, _ user: UserInfo) async -> Value {
    let (attributes, problems) = spec.attributes(user: user)
    let decision = await authorizer.authorize(attributes)
    var status: Object = ["allowed": .bool(decision.isAllowed)]
    if decision.verdict == .deny { status["denied"] = true }
    if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
    let errors = (decision.error.map { [$0] } ?? []) + problems
    if !errors.isEmpty { status["evaluationError"] = .string(errors.joined(separator: "; ")) }
    return .object(status)
  }

  private static func check(_ errors: [FieldError]) throws(StatusError) {
    if !errors.isEmpty { throw .invalid(kind, "", errors) }
  }

  /// Reviews are not kept, so that they can't be named or labelled.
  private static func metadataErrors(_ review: Value, allowsNamespace: Bool) -> [FieldError] {
    guard let metadata = review["metadata"]?.object else { return [] }
    let rest = metadata.filter { key, value in
      !value.isNull && key != "managedFields" && !(allowsNamespace && key == "namespace") && !isEmpty(value)
    }
    if rest.isEmpty { return [] }
    let detail = allowsNamespace ? "must be empty except for namespace" : "must be empty"
    return [.invalid("metadata", shown(metadata), detail)]
  }

  private static func isEmpty(_ value: Value) -> Bool {
    switch value {
    case .string(let text): text.isEmpty
    case .array(let list): list.isEmpty
    case .object(let object): object.isEmpty
    default: false
    }
  }

  /// The order of ObjectMeta's members, and of those of a managedFields entry, in error messages.
  private static let metadataOrder = [
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation",
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations",
    "ownerReferences", "finalizers", "managedFields",
  ]
  private static let managedFieldsOrder = [
    "manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource",
  ]

  private static func shown(_ metadata: Object) -> Value {
    var metadata = metadata
    if let entries = metadata["managedFields"]?.array {
      metadata["managedFields"] = .array(
        entries.map { $0.object.map { ordered($0, managedFieldsOrder) } ?? $0 })
    }
    return ordered(metadata, metadataOrder)
  }

  private static func ordered(_ object: Object, _ order: [String]) -> Value {
    var result = Object()
    for key in order { if let value = object[key], !value.isNull { result[key] = value } }
    return .object(result)
  }
}
