import Authentication
import Logging
import Store

/// The authenticators that the configuration asks for.
enum Authenticators {
  static func chain(
    _ configuration: DrydockConfiguration, authorities: ClientAuthorities, accounts: ServiceAccountTokens,
    store: ObjectStore, oidc: OIDCAuthenticators, audiences: [String], metrics: AuthenticationMetrics,
    logger: Logger?
  ) throws -> AuthenticatorChain {
    var members = AuthenticatorChain.Members()
    let clients = authorities.clients
    members.x509 = X509Authenticator(metrics: metrics) { clients().trust }
    if let proxies = authorities.proxies, let settings = configuration.requestHeader {
      members.requestHeader = RequestHeaderAuthenticator(configuration: settings.fields) { proxies().trust }
    }
    if let file = configuration.tokenAuthFile {
      let tokens = try TokenFileAuthenticator(
        csv: try Files.read(file, flag: "--token-auth-file"), path: file)
      members.tokens.append(AudienceAgnosticAuthenticator(tokens, apiAudiences: audiences))
    }
    members.tokens.append(accounts)
    if configuration.enablesBootstrapTokens {
      members.tokens.append(
        AudienceAgnosticAuthenticator(BootstrapTokenAuthenticator(store: store), apiAudiences: audiences))
    }
    if let jwt = oidc.authenticators {
      members.tokens.append(AudienceAgnosticAuthenticator(jwt, apiAudiences: audiences))
    }
    if let webhook = configuration.tokenWebhook {
      members.tokens.append(try webhook.authenticator(audiences: audiences, metrics: metrics, logger: logger))
    }
    let extensions = configuration.extensions
    members.tokens += extensions.tokenAuthenticators.map {
      AudienceAgnosticAuthenticator($0, apiAudiences: audiences)
    }
    members.others = extensions.authenticators
    // As in the real server: where everything is allowed, strangers are not let in as well.
    if let anonymous = oidc.anonymous {
      if anonymous.enabled { members.anonymous = AnonymousAuthenticator(conditionPaths: anonymous.paths) }
    } else if configuration.allowsAnonymous, !configuration.authorizationModes.contains("AlwaysAllow") {
      members.anonymous = AnonymousAuthenticator()
    }
    return AuthenticatorChain(members) { CachedTokenAuthenticator($0, metrics: metrics) }
  }
}
