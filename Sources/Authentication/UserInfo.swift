import Values

/// Who asks: the outcome of authentication (authentication.k8s.io/v1 UserInfo).
public struct UserInfo: Sendable, Hashable {
  /// What authorization and audit call the user.
  public var name: String
  /// Tells apart users that have the same name at different times; may be empty.
  public var uid: String
  /// In the order in which the authenticator gave them.
  public var groups: [String]
  /// What else the authenticator tells about the user, by key.
  public var extra: [String: [String]]

  public init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
    self.name = name
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }

  /// The user in a UserInfo object; members of another type are read as empty.
  public init(_ value: Value?) {
    name = value?["username"]?.string ?? ""
    uid = value?["uid"]?.string ?? ""
    groups = value?["groups"]?.strings ?? []
    extra = [:]
    for (key, values) in value?["extra"]?.object ?? [:] { extra[key] = values.strings }
  }

  /// The UserInfo object; what is empty is left out.
  public var value: Value {
    var object = Object()
    if !name.isEmpty { object["username"] = .string(name) }
    if !uid.isEmpty { object["uid"] = .string(uid) }
    if !groups.isEmpty { object["groups"] = Value(groups) }
    if !extra.isEmpty { object["extra"] = extraValue }
    return .object(object)
  }

  /// The extra values as an object, keys in their order.
  private var extraValue: Value {
    let keys = extra.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return .object(Object(keys.map { ($0, Value(extra[$0] ?? [])) }))
  }
}

/// The names that Kubernetes gives to users and groups of its own (k8s.io/apiserver/pkg/authentication/user).
public enum SystemName {
  public static let anonymous = "system:anonymous"
  public static let apiServer = "system:apiserver"
  public static let nodeUserPrefix = "system:node:"

  public static let unauthenticatedGroup = "system:unauthenticated"
  public static let authenticatedGroup = "system:authenticated"
  /// The group to which authorizers are not asked about.
  public static let mastersGroup = "system:masters"
  public static let nodesGroup = "system:nodes"
  public static let monitoringGroup = "system:monitoring"
  public static let serviceAccountsGroup = "system:serviceaccounts"
}

/// The keys of what authenticators add to a user's extra values.
public enum ExtraKey {
  public static let credentialID = "authentication.kubernetes.io/credential-id"
  public static let podName = "authentication.kubernetes.io/pod-name"
  public static let podUID = "authentication.kubernetes.io/pod-uid"
  public static let nodeName = "authentication.kubernetes.io/node-name"
  public static let nodeUID = "authentication.kubernetes.io/node-uid"
}
