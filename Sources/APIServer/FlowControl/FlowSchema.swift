import Authentication
import Values

/// A FlowSchema, ready to be compared with requests (Kubernetes documentation, "API Priority and Fairness").
struct FlowSchema: Sendable {
  private enum Subject: Sendable {
    case user(String)
    case group(String)
    case serviceAccount(namespace: String, name: String)

    init?(_ subject: Value) {
      switch subject["kind"]?.string {
      case "User": self = .user(subject["user"]?["name"]?.string ?? "")
      case "Group": self = .group(subject["group"]?["name"]?.string ?? "")
      case "ServiceAccount":
        let account = subject["serviceAccount"]
        self = .serviceAccount(
          namespace: account?["namespace"]?.string ?? "", name: account?["name"]?.string ?? "")
      default: return nil
      }
    }

    func matches(_ user: UserInfo) -> Bool {
      switch self {
      case .user(let name): return name == "*" || name == user.name
      case .group(let name): return name == "*" || user.groups.contains(name)
      case .serviceAccount(let namespace, let name):
        let prefix = "system:serviceaccount:\(namespace):"
        return name == "*" ? user.name.hasPrefix(prefix) : user.name == prefix + name
      }
    }
  }

  private struct ResourceRule: Sendable {
    var verbs: [String]
    var groups: [String]
    var resources: [String]
    var namespaces: [String]
    var isForCluster: Bool

    func matches(_ info: RequestInfo) -> Bool {
      let resource = info.subresource.isEmpty ? info.resource : "\(info.resource)/\(info.subresource)"
      return FlowSchema.contains(verbs, info.verb) && FlowSchema.contains(resources, resource)
        && FlowSchema.contains(groups, info.apiGroup)
        && (info.namespace.isEmpty ? isForCluster : FlowSchema.contains(namespaces, info.namespace))
    }
  }

  private struct PathRule: Sendable {
    var verbs: [String]
    var paths: [String]

    func matches(_ info: RequestInfo) -> Bool {
      FlowSchema.contains(verbs, info.verb)
        && paths.contains { path in
          if path == "*" || path == info.path { return true }
          // Paths below it belong to it, with a star at its end or without.
          let stem = path.hasSuffix("*") ? String(path.dropLast()) : path
          return info.path.hasPrefix(stem.hasSuffix("/") ? stem : stem + "/")
        }
    }
  }

  private struct Rule: Sendable {
    var subjects: [Subject]
    var resources: [ResourceRule]
    var paths: [PathRule]
  }

  let name: String
  let uid: String
  let precedence: Int64
  /// The name of its PriorityLevelConfiguration.
  let level: String
  private let rules: [Rule]

  /// - Parameter object: a FlowSchema.
  init(_ object: Value) {
    name = object["metadata"]?["name"]?.string ?? ""
    uid = object["metadata"]?["uid"]?.string ?? ""
    let spec = object["spec"]
    precedence = spec?["matchingPrecedence"]?.int ?? 1000
    level = spec?["priorityLevelConfiguration"]?["name"]?.string ?? ""
    rules = (spec?["rules"]?.array ?? []).map { rule in
      Rule(
        subjects: (rule["subjects"]?.array ?? []).compactMap(Subject.init),
        resources: (rule["resourceRules"]?.array ?? []).map { rule in
          ResourceRule(
            verbs: rule["verbs"]?.strings ?? [], groups: rule["apiGroups"]?.strings ?? [],
            resources: rule["resources"]?.strings ?? [], namespaces: rule["namespaces"]?.strings ?? [],
            isForCluster: rule["clusterScope"]?.bool ?? false)
        },
        paths: (rule["nonResourceRules"]?.array ?? []).map { rule in
          PathRule(
            verbs: rule["verbs"]?.strings ?? [], paths: rule["nonResourceURLs"]?.strings ?? [])
        })
    }
  }

  func matches(_ info: RequestInfo, _ user: UserInfo) -> Bool {
    rules.contains { rule in
      guard rule.subjects.contains(where: { $0.matches(user) }) else { return false }
      return info.isResourceRequest
        ? rule.resources.contains { $0.matches(info) } : rule.paths.contains { $0.matches(info) }
    }
  }

  private static func contains(_ list: [String], _ text: String) -> Bool {
    list == ["*"] || list.contains(text)
  }
}
