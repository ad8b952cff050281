import Authentication
import Values

/// The smallest role that would allow a request, and its binding to the user.
public struct AccessRemedy: Sendable, Equatable {
  /// A Role or ClusterRole, and a RoleBinding or ClusterRoleBinding.
  public var role: Value
  public var binding: Value

  /// Both objects as YAML documents that `kubectl apply` takes.
  public var manifest: String { "\(YAML.encode(role))---\n\(YAML.encode(binding))" }

  private static let apiVersion: Value = "rbac.authorization.k8s.io/v1"

  /// - Parameter isTaken: whether there is an object of the name: one that is there is not to be overwritten.
  init(_ attributes: AuthorizationAttributes, isTaken: (String) -> Bool) {
    let isNamespaced = attributes.isResourceRequest && !attributes.namespace.isEmpty
    let prefix = isNamespaced ? "" : "Cluster"
    var metadata: Object = ["name": .string(Self.name(attributes, isTaken))]
    if isNamespaced { metadata["namespace"] = .string(attributes.namespace) }
    role = [
      "apiVersion": Self.apiVersion, "kind": .string("\(prefix)Role"), "metadata": .object(metadata),
      "rules": [Self.rule(attributes).value],
    ]
    binding = [
      "apiVersion": Self.apiVersion, "kind": .string("\(prefix)RoleBinding"), "metadata": .object(metadata),
      "roleRef": [
        "apiGroup": "rbac.authorization.k8s.io", "kind": .string("\(prefix)Role"),
        "name": metadata["name"] ?? "",
      ],
      "subjects": [Self.subject(attributes.user)],
    ]
  }

  private static func rule(_ attributes: AuthorizationAttributes) -> PolicyRule {
    guard attributes.isResourceRequest else {
      return PolicyRule(verbs: [attributes.verb], nonResourceURLs: [attributes.path])
    }
    return PolicyRule(
      verbs: [attributes.verb], apiGroups: [attributes.apiGroup], resources: [attributes.combinedResource],
      resourceNames: attributes.name.isEmpty ? [] : [attributes.name])
  }

  private static func subject(_ user: UserInfo) -> Value {
    if let account = ServiceAccountIdentity(username: user.name) {
      return [
        "kind": "ServiceAccount", "name": .string(account.name), "namespace": .string(account.namespace),
      ]
    }
    let isUser = !user.name.isEmpty
    return [
      "apiGroup": "rbac.authorization.k8s.io", "kind": isUser ? "User" : "Group",
      "name": .string(isUser ? user.name : user.groups.first ?? ""),
    ]
  }

  /// `jane-list-pods`, with a number where that is taken.
  private static func name(_ attributes: AuthorizationAttributes, _ isTaken: (String) -> Bool) -> String {
    let user = attributes.user
    let who =
      ServiceAccountIdentity(username: user.name)?.name
      ?? (user.name.isEmpty ? user.groups.first ?? "" : user.name)
    let what = attributes.isResourceRequest ? attributes.combinedResource : attributes.path
    let text = [who, attributes.verb, what].map(fit).filter { !$0.isEmpty }.joined(separator: "-")
    let base = String(text.prefix(200))
    return ([base] + (2...100).map { "\(base)-\($0)" }).first { !isTaken($0) } ?? base
  }

  /// Letters, digits and dots, hyphens for the rest: what every name may have.
  private static func fit(_ text: String) -> String {
    let bytes = text.lowercased().utf8.map { byte -> UInt8 in
      let isFit = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: ".")
      return isFit ? byte : UInt8(ascii: "-")
    }
    return String(
      decoding: Array(bytes.split(separator: UInt8(ascii: "-")).joined(separator: [0x2D])), as: UTF8.self)
  }
}
