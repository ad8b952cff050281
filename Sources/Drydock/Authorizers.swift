import Authentication
import Authorization
import Logging
import Security
import Store
import Values

/// The authorizers of the configuration, in its order: those of `--authorization-mode`, or those of the file of
/// `--authorization-config`, which is read again when it changes.
struct Authorizers {
  let authorizer: any Authorizer
  let rules: any RuleResolver
  let index: RBACIndex

  init(
    _ configuration: DrydockConfiguration, store: ObjectStore, measures: AuthorizationMeasures, logger: Logger
  ) throws {
    let index = RBACIndex(store: store)
    self.index = index
    let flags = AuthorizationFlags(configuration)
    try flags.check()
    let conditions = configuration.authorizationConditions
    @Sendable func chain() throws(ConfigurationError) -> AuthorizationConfiguration {
      guard let file = configuration.authorizationConfigFile else { return flags.chain }
      let bytes = try Files.read(file, flag: "--authorization-config")
      do throws(AuthorizationConfigurationError) {
        return try AuthorizationConfigurationReader.read(bytes, conditions: conditions)
      } catch {
        throw ConfigurationError("--authorization-config: \(file): \(error)")
      }
    }
    let first = try chain()
    let factory = try AuthorizerFactory(
      first, configuration: configuration, store: store, index: index, measures: measures,
      logger: logger)
    guard let file = configuration.authorizationConfigFile else {
      let union = try factory.authorizer(first)
      authorizer = union
      rules = union
      return
    }
    let reloading = try ReloadingAuthorizer(file, logger: logger) { try factory.authorizer(try chain()) }
    authorizer = reloading
    rules = reloading
  }
}

/// Authorizers from a file. When it changes, requests go by the new ones; where it is bad, by the old ones.
final class ReloadingAuthorizer: Authorizer, RuleResolver {
  /// The real server hears of changes at once; looking once a second comes near.
  private static let secondsBetweenLooks = 1

  private let union: Reloading<UnionAuthorizer>

  init(
    _ file: String, logger: Logger, load: @escaping @Sendable () throws -> UnionAuthorizer
  ) throws {
    union = try Reloading(
      paths: [file], checkEvery: Self.secondsBetweenLooks, load: load,
      onReload: { result in
        switch result {
        case .success: logger.notice("reloaded authz config")
        case .failure(let error): logger.error("reloading authorization config: \(error)")
        }
      })
  }

  func authorize(_ attributes: AuthorizationAttributes) async -> AuthorizationDecision {
    await union.current.authorize(attributes)
  }

  func rules(for user: UserInfo, namespace: String) async -> RuleResolution {
    await union.current.rules(for: user, namespace: namespace)
  }
}
