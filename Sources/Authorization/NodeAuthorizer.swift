import Authentication
import Schema
import Store
import Values

/// The mode `Node`: kubelets may read and write what concerns their own node and its pods
/// (Kubernetes documentation, Using Node Authorization).
public struct NodeAuthorizer: Authorizer, RuleResolver {
  private let graph: NodeGraph
  private let rules: CompiledRole

  /// What one of the cases below says: nil allows, a text is why not (it may be empty).
  private typealias Refusal = String?

  /// - Parameter rules: what nodes may do apart from the cases that are looked at here: the rules of the
  ///   ClusterRole `system:node`.
  public init(graph: NodeGraph, rules: [PolicyRule]) {
    self.graph = graph
    self.rules = CompiledRole(rules)
  }

  public func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    guard let node = Self.node(attributes.user) else {
      return AuthorizationDecision(.noOpinion, authorizer: "Node")
    }
    if let reason = node.isEmpty
      ? "unknown node for user \(GoText.quoted(attributes.user.name))" : refusal(node, attributes)
    {
      return AuthorizationDecision(.noOpinion, reason: reason, authorizer: "Node")
    }
    return AuthorizationDecision(.allow, authorizer: "Node")
  }

  public func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    guard Self.node(user) != nil else { return RuleResolution() }
    return RuleResolution(
      isIncomplete: true, errors: ["node authorizer does not support user rule resolution"])
  }

  /// The name of the node that the user is; nil for others.
  public static func node(_ user: UserInfo) -> String? {
    guard user.name.utf8.starts(with: SystemName.nodeUserPrefix.utf8),
      user.groups.contains(SystemName.nodesGroup)
    else { return nil }
    return String(user.name.dropFirst(SystemName.nodeUserPrefix.count))
  }

  private func refusal(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    guard attributes.isResourceRequest else { return staticRefusal(attributes) }
    switch (attributes.apiGroup, attributes.resource) {
    case ("", "secrets"): return read(node, attributes, NodeDependency.secret)
    case ("", "configmaps"): return read(node, attributes, NodeDependency.configMap)
    case ("", "persistentvolumeclaims"):
      return attributes.subresource == "status"
        ? updateStatus(node, attributes) : get(node, attributes, NodeDependency.persistentVolumeClaim)
    case ("", "persistentvolumes"):
      return get(attributes) { graph.uses(node, volume: attributes.name) ? nil : Self.unrelated(node) }
    case ("resource.k8s.io", "resourceclaims"): return get(node, attributes, NodeDependency.resourceClaim)
    case ("storage.k8s.io", "volumeattachments"):
      return get(attributes) {
        graph.isAttached(node, attachment: attributes.name) ? nil : Self.unrelated(node)
      }
    case ("", "serviceaccounts"): return serviceAccount(node, attributes)
    case ("coordination.k8s.io", "leases"): return lease(node, attributes)
    case ("storage.k8s.io", "csinodes"): return csiNode(node, attributes)
    case ("resource.k8s.io", "resourceslices"): return resourceSlice(node, attributes)
    case ("", "nodes"): return ownNode(node, attributes)
    case ("", "pods"): return pod(node, attributes)
    default: return staticRefusal(attributes)
    }
  }

  private func staticRefusal(_ attributes: AuthorizationAttributes) -> Refusal {
    rules.firstRule(allowing: attributes, combinedResource: attributes.combinedResource) == nil ? "" : nil
  }

  // MARK: What pods use

  private static func unrelated(_ node: String) -> String {
    "no relationship found between node '\(node)' and this object"
  }

  private func related(
    _ node: String, _ attributes: AuthorizationAttributes, _ make: (ObjectKey) -> NodeDependency
  ) -> Refusal {
    if attributes.name.isEmpty { return "No Object name found" }
    let key = ObjectKey(namespace: attributes.namespace, name: attributes.name)
    return graph.uses(node, make(key)) ? nil : Self.unrelated(node)
  }

  private func read(
    _ node: String, _ attributes: AuthorizationAttributes, _ make: (ObjectKey) -> NodeDependency
  ) -> Refusal {
    guard ["get", "list", "watch"].contains(attributes.verb) else {
      return "can only read resources of this type"
    }
    if !attributes.subresource.isEmpty { return "cannot read subresource" }
    if attributes.namespace.isEmpty { return "can only read namespaced object of this type" }
    return related(node, attributes, make)
  }

  private func get(_ attributes: AuthorizationAttributes, _ related: () -> Refusal) -> Refusal {
    if attributes.verb != "get" { return "can only get individual resources of this type" }
    if !attributes.subresource.isEmpty { return "cannot get subresource" }
    return attributes.name.isEmpty ? "No Object name found" : related()
  }

  private func get(
    _ node: String, _ attributes: AuthorizationAttributes, _ make: (ObjectKey) -> NodeDependency
  ) -> Refusal {
    get(attributes) { related(node, attributes, make) }
  }

  private func updateStatus(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    guard ["update", "patch"].contains(attributes.verb) else { return "can only get/update/patch this type" }
    return related(node, attributes, NodeDependency.persistentVolumeClaim)
  }

  private func serviceAccount(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    if attributes.verb == "get", attributes.subresource.isEmpty {
      return related(node, attributes, NodeDependency.serviceAccount)
    }
    if attributes.verb != "create" || attributes.name.isEmpty {
      return "can only create tokens for individual service accounts"
    }
    if attributes.subresource != "token" { return "can only create token subresource of serviceaccount" }
    return related(node, attributes, NodeDependency.serviceAccount)
  }

  // MARK: What belongs to the node

  private static let ownedVerbs = ["get", "create", "update", "patch", "delete"]

  private func lease(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    guard Self.ownedVerbs.contains(attributes.verb) else {
      return "can only get, create, update, patch, or delete a node lease"
    }
    if attributes.namespace != "kube-node-lease" {
      return "can only access leases in the \"kube-node-lease\" system namespace"
    }
    // A create request's path has no name.
    if attributes.verb != "create", attributes.name != node {
      return "can only access node lease with the same name as the requesting node"
    }
    return nil
  }

  private func csiNode(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    guard Self.ownedVerbs.contains(attributes.verb) else {
      return "can only get, create, update, patch, or delete a CSINode"
    }
    if !attributes.subresource.isEmpty { return "cannot authorize CSINode subresources" }
    if attributes.verb != "create", attributes.name != node {
      return "can only access CSINode with the same name as the requesting node"
    }
    return nil
  }

  private func resourceSlice(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    if !attributes.subresource.isEmpty { return "cannot authorize ResourceSlice subresources" }
    switch attributes.verb {
    case "create": return nil
    case "get", "update", "patch", "delete":
      if attributes.name.isEmpty { return "No Object name found" }
      return graph.owns(node, slice: attributes.name) ? nil : Self.unrelated(node)
    case "list", "watch", "deletecollection":
      return selectsOwn(node, attributes)
        ? nil : "can only list/watch/deletecollection resourceslices with nodeName field selector"
    default:
      return "only the following verbs are allowed for a ResourceSlice: "
        + "get, watch, list, create, update, patch, delete, deletecollection"
    }
  }

  private func ownNode(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    switch (attributes.subresource, attributes.verb) {
    case ("", "create"), ("", "update"), ("", "patch"), ("status", "update"), ("status", "patch"):
      return nil  // Admission (NodeRestriction) looks at which node it is.
    case ("", "get"), ("", "list"), ("", "watch"):
      if attributes.name == node { return nil }
      let wanted = attributes.name.isEmpty ? "all nodes" : "'\(attributes.name)'"
      return "node '\(node)' cannot read \(wanted), only its own Node object"
    default: return ""
    }
  }

  private func pod(_ node: String, _ attributes: AuthorizationAttributes) -> Refusal {
    switch (attributes.subresource, attributes.verb) {
    case ("", "get"): return related(node, attributes, NodeDependency.pod)
    case ("", "list"), ("", "watch"):
      if selectsOwn(node, attributes) { return nil }
      // One pod that is known to be on the node, by its name.
      return attributes.name.isEmpty
        ? "can only list/watch pods with spec.nodeName field selector"
        : related(node, attributes, NodeDependency.pod)
    case ("", "create"), ("", "delete"), ("status", "update"), ("status", "patch"), ("eviction", "create"):
      return nil  // Admission (NodeRestriction) looks at which node's pod it is.
    default: return ""
    }
  }

  private func selectsOwn(_ node: String, _ attributes: AuthorizationAttributes) -> Bool {
    attributes.fieldSelector.contains {
      $0.field == "spec.nodeName" && $0.operator == .equals && $0.value == node
    }
  }
}
