import Authentication
import Schema
import Values

/// What a request wants to do to an object (admission.k8s.io/v1 Operation).
public enum AdmissionOperation: String, Sendable, Hashable {
  case create = "CREATE"
  case update = "UPDATE"
  case delete = "DELETE"
  case connect = "CONNECT"
}

/// A request as admission sees it: authenticated, authorized and decoded, not yet stored.
public struct AdmissionRequest: Sendable {
  public let operation: AdmissionOperation
  /// The resource of the path, in the version of the request.
  public let resource: GroupVersionResource
  /// Empty for the object itself, else such as `status` or `token`.
  public let subresource: String
  /// The kind of ``object``.
  public let kind: GroupVersionKind
  /// Empty for cluster-scoped objects.
  public let namespace: String
  /// Empty for a create with generateName.
  public let name: String
  /// The object as it would be stored: mutating plugins change it. Nil for a delete.
  public var object: Value?
  /// The object as it is stored. Nil for a create.
  public let oldObject: Value?
  public let user: UserInfo
  public let isDryRun: Bool
  /// The request's options, such as a CreateOptions.
  public let options: Value
  /// Adds a `Warning` to the answer.
  public let warn: @Sendable (String) -> Void
  /// Adds an audit annotation: key, value.
  public let annotate: @Sendable (String, String) -> Void
  /// Adds an audit annotation that shows parts of objects, and is kept only where the objects are too: key, value.
  public let annotateContent: @Sendable (String, String) -> Void
  /// When the request's own time is over; nil for no limit.
  public let deadline: ContinuousClock.Instant?
  /// Whether webhooks changed the object, so that it is looked at once more.
  public let reinvocation = Reinvocation()

  public init(
    operation: AdmissionOperation, resource: GroupVersionResource, subresource: String = "",
    kind: GroupVersionKind, namespace: String, name: String, object: Value?, oldObject: Value?,
    user: UserInfo, isDryRun: Bool = false, options: Value = [:],
    warn: @escaping @Sendable (String) -> Void = { _ in },
    annotate: @escaping @Sendable (String, String) -> Void = { _, _ in },
    annotateContent: @escaping @Sendable (String, String) -> Void = { _, _ in },
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.operation = operation
    self.resource = resource
    self.subresource = subresource
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.object = object
    self.oldObject = oldObject
    self.user = user
    self.isDryRun = isDryRun
    self.options = options
    self.warn = warn
    self.annotate = annotate
    self.annotateContent = annotateContent
    self.deadline = deadline
  }

  /// The name that messages show: of the request, else of the object, else its generateName.
  public var shownName: String {
    if !name.isEmpty { return name }
    let metadata = object?["metadata"]
    if let name = metadata?["name"]?.string, !name.isEmpty { return name }
    if let prefix = metadata?["generateName"]?.string, !prefix.isEmpty { return prefix }
    return "Unknown"
  }

  /// 403 in the form that every plugin's refusal has: `pods "x" is forbidden: TEXT`.
  public func forbidden(_ text: String) -> StatusError {
    .forbidden(resource.groupResource, shownName, text)
  }
}
