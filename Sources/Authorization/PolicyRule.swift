import Values

/// A rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule).
public struct PolicyRule: Sendable, Hashable {
  public var verbs: [String]
  public var apiGroups: [String]
  /// `pods`, `pods/log`, `*/scale` or `*`.
  public var resources: [String]
  /// Empty means any name.
  public var resourceNames: [String]
  /// Paths; one that ends in `*` stands for all that begin like it.
  public var nonResourceURLs: [String]

  public init(
    verbs: [String], apiGroups: [String] = [], resources: [String] = [], resourceNames: [String] = [],
    nonResourceURLs: [String] = []
  ) {
    self.verbs = verbs
    self.apiGroups = apiGroups
    self.resources = resources
    self.resourceNames = resourceNames
    self.nonResourceURLs = nonResourceURLs
  }

  /// Reads a rule; what is no list of strings counts as empty.
  public init(_ value: Value) {
    verbs = value["verbs"]?.strings ?? []
    apiGroups = value["apiGroups"]?.strings ?? []
    resources = value["resources"]?.strings ?? []
    resourceNames = value["resourceNames"]?.strings ?? []
    nonResourceURLs = value["nonResourceURLs"]?.strings ?? []
  }

  /// The rules of a Role or ClusterRole.
  public static func list(_ role: Value) -> [PolicyRule] { (role["rules"]?.array ?? []).map(PolicyRule.init) }

  /// The rule as an object; empty lists but `verbs` are left out.
  public var value: Value {
    var object: Object = ["verbs": Value(verbs)]
    let members = [
      ("apiGroups", apiGroups), ("resources", resources), ("resourceNames", resourceNames),
      ("nonResourceURLs", nonResourceURLs),
    ]
    for (key, list) in members where !list.isEmpty { object[key] = Value(list) }
    return .object(object)
  }

  /// Everything: what a cluster administrator may do.
  public static let fullAuthority = [
    PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]),
    PolicyRule(verbs: ["*"], nonResourceURLs: ["*"]),
  ]
}

// MARK: - Matching

extension PolicyRule {
  /// Whether the rule allows the request.
  public func allows(_ attributes: AuthorizationAttributes) -> Bool {
    guard Self.has(verbs, attributes.verb) else { return false }
    guard attributes.isResourceRequest else { return allows(path: attributes.path) }
    return Self.has(apiGroups, attributes.apiGroup)
      && allows(resource: attributes.resource, subresource: attributes.subresource)
      && (resourceNames.isEmpty || resourceNames.contains(attributes.name))
  }

  /// Whether the rule is about the resource.
  func allows(resource: String, subresource: String) -> Bool {
    resources.contains { pattern in
      if pattern == "*" { return true }
      if subresource.isEmpty { return pattern == resource }
      return Self.joins(pattern, "*", subresource) || Self.joins(pattern, resource, subresource)
    }
  }

  /// Whether a text is `head/tail`, without making one to compare with.
  private static func joins(_ text: String, _ head: String, _ tail: String) -> Bool {
    let (text, head, tail) = (text.utf8, head.utf8, tail.utf8)
    guard text.count == head.count + 1 + tail.count, text.starts(with: head) else { return false }
    let rest = text.dropFirst(head.count)
    return rest.first == UInt8(ascii: "/") && rest.dropFirst().elementsEqual(tail)
  }

  private func allows(path: String) -> Bool {
    nonResourceURLs.contains { Self.url($0, covers: path) }
  }

  /// Whether a pattern stands for the path (or for the whole of another pattern).
  static func url(_ pattern: String, covers path: String) -> Bool {
    if pattern == "*" || pattern == path { return true }
    guard pattern.utf8.last == UInt8(ascii: "*") else { return false }
    var prefix = pattern.utf8[...]
    while prefix.last == UInt8(ascii: "*") { prefix.removeLast() }
    return path.utf8.starts(with: prefix)
  }

  private static func has(_ list: [String], _ item: String) -> Bool {
    list.contains { $0 == "*" || $0 == item }
  }
}
