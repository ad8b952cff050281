import Authorization
import Store

/// The authorizers of `--authorization-mode`, in its order.
struct Authorizers {
  let authorizer: any Authorizer
  let rules: any RuleResolver
  let index: RBACIndex

  /// What every node may do besides what the graph allows: the rules of the role `system:node`.
  private static let nodeRules: [PolicyRule] = {
    let role = RBACBootstrap.objects().first {
      $0.object["kind"]?.string == "ClusterRole" && $0.object["metadata"]?["name"]?.string == "system:node"
    }
    return role.map { PolicyRule.list($0.object) } ?? []
  }()

  static let modes = ["AlwaysAllow", "AlwaysDeny", "Node", "RBAC"]

  init(_ modes: [String], store: ObjectStore) throws(ConfigurationError) {
    guard !modes.isEmpty else {
      throw ConfigurationError("--authorization-mode: at least one mode must be given")
    }
    guard Set(modes).count == modes.count else {
      throw ConfigurationError(
        "--authorization-mode: \(modes.joined(separator: ",")) has a mode more than once")
    }
    let index = RBACIndex(store: store)
    var members: [any Authorizer] = [PrivilegedGroupAuthorizer()]
    for mode in modes {
      switch mode {
      case "AlwaysAllow": members.append(AlwaysAllowAuthorizer())
      case "AlwaysDeny": members.append(AlwaysDenyAuthorizer())
      case "RBAC": members.append(RBACAuthorizer(index: index))
      case "Node": members.append(NodeAuthorizer(graph: NodeGraph(store: store), rules: Self.nodeRules))
      default:
        throw ConfigurationError(
          "--authorization-mode: \(mode) is not one of \(Self.modes.joined(separator: ", "))")
      }
    }
    let union = UnionAuthorizer(members)
    authorizer = union
    rules = union
    self.index = index
  }
}
