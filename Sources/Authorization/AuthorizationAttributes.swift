import Authentication
import Schema
import Values

/// What authorizers decide about: who wants to do what (Kubernetes documentation, Request Attributes).
public struct AuthorizationAttributes: Sendable, Hashable {
  public var user: UserInfo
  /// `get`, `list`, … for resources, the HTTP method in lower case for other paths.
  public var verb: String
  /// Empty for requests about the whole cluster.
  public var namespace: String
  public var apiGroup: String
  public var apiVersion: String
  public var resource: String
  public var subresource: String
  /// Empty where the request names no object, as `list` and `create`.
  public var name: String
  /// False for paths that are no resources, such as `/healthz`.
  public var isResourceRequest: Bool
  public var path: String
  /// What list, watch and deletecollection requests are limited to.
  public var fieldSelector: [FieldSelector.Requirement]
  public var labelSelector: [LabelSelector.Requirement]

  /// A request about a resource.
  public init(
    user: UserInfo, verb: String, namespace: String = "", apiGroup: String = "", apiVersion: String = "",
    resource: String, subresource: String = "", name: String = "", path: String = "",
    fieldSelector: [FieldSelector.Requirement] = [], labelSelector: [LabelSelector.Requirement] = []
  ) {
    self.user = user
    self.verb = verb
    self.namespace = namespace
    self.apiGroup = apiGroup
    self.apiVersion = apiVersion
    self.resource = resource
    self.subresource = subresource
    self.name = name
    isResourceRequest = true
    self.path = path
    self.fieldSelector = fieldSelector
    self.labelSelector = labelSelector
  }

  /// A request for a path that is no resource.
  public init(user: UserInfo, verb: String, path: String) {
    self.init(user: user, verb: verb, resource: "", path: path)
    isResourceRequest = false
  }

  public var groupResource: GroupResource { GroupResource(group: apiGroup, resource: resource) }

  /// `pods` or `pods/log`: how rules and messages name what is acted on.
  var combinedResource: String { subresource.isEmpty ? resource : "\(resource)/\(subresource)" }
}
