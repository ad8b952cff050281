import Authentication
import Values
import Webhook

/// A SubjectAccessReview that asks about a request (authorization.k8s.io/v1).
enum AccessReviewRequest {
  /// The v1 `spec`; what is empty is left out.
  static func spec(_ attributes: AuthorizationAttributes) -> Value {
    var spec = Object()
    if attributes.isResourceRequest {
      spec["resourceAttributes"] = .object(resource(attributes))
    } else {
      spec["nonResourceAttributes"] = .object(
        texts([("path", attributes.path), ("verb", attributes.verb)]))
    }
    let user = attributes.user
    if !user.name.isEmpty { spec["user"] = .string(user.name) }
    if !user.groups.isEmpty { spec["groups"] = Value(user.groups) }
    if !user.extra.isEmpty { spec["extra"] = user.value["extra"] }
    if !user.uid.isEmpty { spec["uid"] = .string(user.uid) }
    return .object(spec)
  }

  /// The review in a version; v1beta1 calls the groups `group`.
  static func review(_ spec: Value, _ version: ReviewVersion) -> Value {
    var spec = spec
    if version == .v1beta1, let object = spec.object {
      spec = .object(Object(object.map { ($0.key == "groups" ? "group" : $0.key, $0.value) }))
    }
    return [
      "kind": "SubjectAccessReview", "apiVersion": .string("authorization.k8s.io/\(version.rawValue)"),
      "metadata": [:], "spec": spec, "status": ["allowed": false],
    ]
  }

  private static func resource(_ attributes: AuthorizationAttributes) -> Object {
    var object = texts([
      ("namespace", attributes.namespace), ("verb", attributes.verb), ("group", attributes.apiGroup),
      ("version", attributes.apiVersion), ("resource", attributes.resource),
      ("subresource", attributes.subresource), ("name", attributes.name),
    ])
    let fields = attributes.fieldSelector.map(field)
    let labels = attributes.labelSelector.compactMap(label)
    if !fields.isEmpty { object["fieldSelector"] = ["requirements": .array(fields)] }
    if !labels.isEmpty { object["labelSelector"] = ["requirements": .array(labels)] }
    return object
  }

  private static func field(_ requirement: FieldSelector.Requirement) -> Value {
    let isNegative = requirement.operator == .notEquals
    return [
      "key": .string(requirement.field), "operator": isNegative ? "NotIn" : "In",
      "values": [.string(requirement.value)],
    ]
  }

  /// How access reviews call the operators of label selectors; the others can't be asked about.
  private static let operators: [LabelSelector.Operator: Value] = [
    .equals: "In", .doubleEquals: "In", .in: "In", .notEquals: "NotIn", .notIn: "NotIn", .exists: "Exists",
    .doesNotExist: "DoesNotExist",
  ]

  /// Nil for a comparison of numbers: leaving it out makes the question broader.
  private static func label(_ requirement: LabelSelector.Requirement) -> Value? {
    guard let name = operators[requirement.operator] else { return nil }
    var object: Object = ["key": .string(requirement.key), "operator": name]
    if !requirement.values.isEmpty { object["values"] = Value(requirement.values) }
    return .object(object)
  }

  private static func texts(_ members: [(String, String)]) -> Object {
    Object(members.filter { !$0.1.isEmpty }.map { ($0.0, .string($0.1)) })
  }
}
