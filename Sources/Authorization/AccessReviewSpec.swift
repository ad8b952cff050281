import Authentication
import Schema
import Values

/// The question of an access review (authorization.k8s.io/v1 SubjectAccessReviewSpec).
struct AccessReviewSpec {
  private let spec: Value?

  init(_ review: Value) { spec = review["spec"] }

  var resourceAttributes: Object? { spec?["resourceAttributes"]?.object }
  var nonResourceAttributes: Object? { spec?["nonResourceAttributes"]?.object }

  /// Whom the review is about, where it names somebody.
  var user: UserInfo {
    var user = UserInfo(name: spec?["user"]?.string ?? "", uid: spec?["uid"]?.string ?? "")
    user.groups = spec?["groups"]?.strings ?? []
    for (key, values) in spec?["extra"]?.object ?? [:] { user.extra[key] = values.strings }
    return user
  }

  /// What authorizers are asked, and what of the selectors could not be understood.
  func attributes(user: UserInfo) -> (attributes: AuthorizationAttributes, problems: [String]) {
    if let other = nonResourceAttributes {
      let attributes = AuthorizationAttributes(
        user: user, verb: other["verb"]?.string ?? "", path: other["path"]?.string ?? "")
      return (attributes, [])
    }
    let resource = resourceAttributes ?? [:]
    func text(_ key: String) -> String { resource[key]?.string ?? "" }
    let fields = SelectorAttributes.fields(resource["fieldSelector"])
    let labels = SelectorAttributes.labels(resource["labelSelector"])
    let attributes = AuthorizationAttributes(
      user: user, verb: text("verb"), namespace: text("namespace"), apiGroup: text("group"),
      apiVersion: text("version"), resource: text("resource"), subresource: text("subresource"),
      name: text("name"), fieldSelector: fields.requirements, labelSelector: labels.requirements)
    let problems = [
      fields.problem.map { "spec.resourceAttributes.fieldSelector \($0)" },
      labels.problem.map { "spec.resourceAttributes.labelSelector \($0)" },
    ]
    return (attributes, problems.compactMap { $0 })
  }

  // MARK: Validation

  /// What is wrong with the question.
  /// - Parameter needsSubject: whether it must say whom it is about.
  func errors(needsSubject: Bool) -> [FieldError] {
    var errors: [FieldError] = []
    if resourceAttributes != nil, let other = nonResourceAttributes {
      errors.append(
        .invalid(
          "spec.nonResourceAttributes", Self.shown(other),
          "cannot be specified in combination with resourceAttributes"))
    }
    if resourceAttributes == nil, nonResourceAttributes == nil {
      errors.append(
        .invalid(
          "spec.resourceAttributes", .null,
          "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
    }
    if needsSubject, user.name.isEmpty, user.groups.isEmpty {
      errors.append(.invalid("spec.user", "", "at least one of user or group must be specified"))
    }
    let path: FieldPath = "spec.resourceAttributes"
    errors += SelectorAttributes.errors(
      resourceAttributes?["fieldSelector"], path.child("fieldSelector"), labels: false)
    errors += SelectorAttributes.errors(
      resourceAttributes?["labelSelector"], path.child("labelSelector"), labels: true)
    return errors
  }

  /// The non-resource attributes with the names that error messages give their members.
  static func shown(_ attributes: Object) -> Value {
    ["Path": attributes["path"] ?? "", "Verb": attributes["verb"] ?? ""]
  }
}
