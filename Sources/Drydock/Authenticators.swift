import Authentication
import Logging
import Security

/// The authenticators that the configuration asks for.
enum Authenticators {
  static func chain(
    _ configuration: DrydockConfiguration, pki: PKI, accounts: ServiceAccountTokens,
    oidc: OIDCAuthenticators, audiences: [String], logger: Logger?
  ) throws -> AuthenticatorChain {
    var members = AuthenticatorChain.Members()
    var roots = [pki.authority]
    if let file = configuration.clientCAFile {
      roots += try Certificate.parse(pem: try Files.read(file, flag: "--client-ca-file"))
    }
    members.x509 = X509Authenticator(verifier: try CertificateVerifier(roots: roots))
    if let file = configuration.tokenAuthFile {
      let tokens = try TokenFileAuthenticator(
        csv: try Files.read(file, flag: "--token-auth-file"), path: file)
      members.tokens.append(AudienceAgnosticAuthenticator(tokens, apiAudiences: audiences))
    }
    members.tokens.append(accounts)
    if let jwt = oidc.authenticators {
      members.tokens.append(AudienceAgnosticAuthenticator(jwt, apiAudiences: audiences))
    }
    if let webhook = configuration.tokenWebhook {
      members.tokens.append(try webhook.authenticator(audiences: audiences, logger: logger))
    }
    // As in the real server: where everything is allowed, strangers are not let in as well.
    if let anonymous = oidc.anonymous {
      if anonymous.enabled { members.anonymous = AnonymousAuthenticator(conditionPaths: anonymous.paths) }
    } else if configuration.allowsAnonymous, !configuration.authorizationModes.contains("AlwaysAllow") {
      members.anonymous = AnonymousAuthenticator()
    }
    return AuthenticatorChain(members)
  }
}
