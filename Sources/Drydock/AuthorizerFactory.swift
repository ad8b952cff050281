import Authorization
import Logging
import Store
import Values
import Webhook

/// Makes the authorizers of an AuthorizationConfiguration. Those that keep up with the store, and the policy
/// file's, are made once: a configuration that is read later can use only what there was at the start.
struct AuthorizerFactory: Sendable {
  private let index: RBACIndex
  private let node: NodeAuthorizer?
  private let abac: ABACAuthorizer?
  private let hasRBAC: Bool
  private let conditions: any AuthorizationConditionCompiler
  private let extensions: [any Authorizer]
  private let measures: AuthorizationMeasures
  private let logger: Logger

  /// What every node may do besides what the graph allows: the rules of the role `system:node`.
  private static let nodeRules: [PolicyRule] = {
    let role = RBACBootstrap.objects().first {
      $0.object["kind"]?.string == "ClusterRole" && $0.object["metadata"]?["name"]?.string == "system:node"
    }
    return role.map { PolicyRule.list($0.object) } ?? []
  }()

  /// - Parameter chain: what there is at the start.
  init(
    _ chain: AuthorizationConfiguration, configuration: DrydockConfiguration, store: ObjectStore,
    index: RBACIndex, measures: AuthorizationMeasures, logger: Logger
  ) throws(ConfigurationError) {
    let types = chain.authorizers.map(\.type)
    self.index = index
    self.measures = measures
    self.logger = logger
    conditions = configuration.authorizationConditions
    extensions = configuration.extensions.authorizers
    hasRBAC = types.contains("RBAC")
    node =
      types.contains("Node") ? NodeAuthorizer(graph: NodeGraph(store: store), rules: Self.nodeRules) : nil
    abac =
      types.contains("ABAC")
      ? try Self.abac(configuration.authorizationPolicyFile ?? "", logger: logger) : nil
  }

  private static func abac(_ file: String, logger: Logger) throws(ConfigurationError) -> ABACAuthorizer {
    let bytes = try Files.read(file, flag: "--authorization-policy-file")
    do throws(ABACPolicyFile.LoadError) {
      let (policies, hasUnversioned) = try ABACPolicyFile.parse(bytes, path: file)
      if hasUnversioned { logger.warning("Policy file \(file) contained unversioned rules") }
      return ABACAuthorizer(policies)
    } catch {
      throw ConfigurationError("--authorization-policy-file: \(error)")
    }
  }

  /// The authorizers in the configured order, after the one that lets `system:masters` do everything and those of
  /// the embedding program.
  func authorizer(_ chain: AuthorizationConfiguration) throws(ConfigurationError) -> UnionAuthorizer {
    var members = extensions
    for authorizer in chain.authorizers { members.append(try make(authorizer)) }
    return UnionAuthorizer(members)
  }

  private func webhook(_ authorizer: AuthorizerConfiguration) throws(ConfigurationError) -> WebhookAuthorizer
  {
    let webhook = authorizer.webhook ?? WebhookAuthorizerConfiguration()
    let called: GenericWebhook
    do throws(WebhookConfigurationError) {
      called = try GenericWebhook(WebhookKubeconfig(path: webhook.kubeConfigFile), timeout: webhook.timeout)
    } catch {
      throw ConfigurationError("authorizer \(authorizer.name): \(error)")
    }
    var matches: WebhookAuthorizer.MatchConditions?
    if !webhook.matchConditions.isEmpty {
      var compiled: [any AuthorizationCondition] = []
      do throws(AuthorizationConfigurationError) {
        for text in webhook.matchConditions { compiled.append(try conditions.compile(text)) }
      } catch {
        throw ConfigurationError("authorizer \(authorizer.name): \(error)")
      }
      let conditions = AuthorizationMatchConditions(compiled)
      matches = { [measures] _, spec in
        measures.condition(authorizer.name) { conditions.match(spec) }
      }
    }
    return WebhookAuthorizer(
      name: authorizer.name, webhook: called,
      settings: WebhookAuthorizer.Settings(
        version: ReviewVersion(rawValue: webhook.subjectAccessReviewVersion) ?? .v1beta1,
        authorizedSeconds: webhook.effectiveAuthorizedTTL.components.seconds,
        unauthorizedSeconds: webhook.effectiveUnauthorizedTTL.components.seconds,
        failurePolicy: webhook.failurePolicy),
      matches: matches, onEvaluation: { [measures] in measures.record($0) }, logger: logger)
  }

  private func make(_ authorizer: AuthorizerConfiguration) throws(ConfigurationError) -> any Authorizer {
    switch authorizer.type {
    case "AlwaysAllow": return AlwaysAllowAuthorizer()
    case "AlwaysDeny": return AlwaysDenyAuthorizer()
    case "RBAC" where hasRBAC: return RBACAuthorizer(index: index)
    case "Node": if let node { return node }
    case "ABAC": if let abac { return abac }
    case "Webhook": return try webhook(authorizer)
    default: break
    }
    throw ConfigurationError(
      "authorizer type \(authorizer.type) is not allowed if it was not enabled at initial server startup")
  }
}
