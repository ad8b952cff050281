import Authentication
import HTTPService
import Logging
import Security

/// The authenticators of `--oidc-…` and `--authentication-config`, and what keeps the latter up to date.
struct OIDCAuthenticators: Sendable {
  /// Nil where no tokens but others' are believed, now and after any reload.
  let authenticators: JWTAuthenticators?
  /// What the file says of anonymous requests; nil leaves it to `--anonymous-auth`.
  let anonymous: AnonymousConfiguration?
  private var reloader: AuthenticationConfigurationReloader?

  private static let flag = "--authentication-config"

  /// - Throws: ``ConfigurationError`` in the words of the real server.
  init(_ configuration: DrydockConfiguration, metrics: AuthenticationMetrics, logger: Logger) throws {
    if let fault = configuration.oidc.fault(configurationFile: configuration.authenticationConfigFile != nil)
    {
      throw ConfigurationError(fault)
    }
    let validator = AuthenticationConfigurationValidator(
      disallowedIssuers: configuration.serviceAccountIssuers, expressions: CELClaimExpressions())
    do {
      if let path = configuration.authenticationConfigFile {
        let content = try Files.read(path, flag: Self.flag)
        let file = try Self.parsed(content, path)
        if file.anonymous != nil, configuration.anonymousAuthIsGiven {
          throw ConfigurationError(
            "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in "
              + "authentication configuration file")
        }
        let settings = OIDCAuthenticator.Settings(validator: validator, logger: logger, metrics: metrics)
        let authenticators = try JWTAuthenticators(file, settings: settings, connect: Self.connect)
        self.authenticators = authenticators
        anonymous = file.anonymous
        reloader = AuthenticationConfigurationReloader(
          authenticators, content: content, configuration: file, validator: validator, logger: logger,
          metrics: metrics
        ) { try Files.read(path, flag: Self.flag) }
      } else if !configuration.oidc.issuerURL.isEmpty {
        let flags = configuration.oidc
        let authority =
          flags.certificateAuthorityFile.isEmpty
          ? [] : try Files.read(flags.certificateAuthorityFile, flag: "--oidc-ca-file")
        let jwt = flags.configuration(certificateAuthority: String(decoding: authority, as: UTF8.self))
        let settings = OIDCAuthenticator.Settings(
          algorithms: try flags.algorithms(), validator: validator, logger: logger, metrics: metrics)
        authenticators = try JWTAuthenticators(
          AuthenticationConfiguration(jwt: [jwt]), settings: settings, connect: Self.connect)
        anonymous = nil
      } else {
        authenticators = nil
        anonymous = nil
      }
    } catch let error as AuthenticationConfigurationError {
      throw ConfigurationError(error.description.replacing("\n", with: " "))
    }
  }

  private static func parsed(_ content: [UInt8], _ path: String) throws -> AuthenticationConfiguration {
    do throws(AuthenticationConfigurationError) {
      return try AuthenticationConfiguration(bytes: content)
    } catch {
      throw AuthenticationConfigurationError(
        "failed to load authentication configuration from file \"\(path)\": \(error)")
    }
  }

  /// As the real server's client: it follows redirects.
  private static func connect(_ authorities: [Certificate]?) throws -> OIDCConnection {
    var options = HTTPClientOptions()
    options.redirectLimit = 10
    let trust = authorities.map { TLSClientConfiguration.Trust.authorities($0) } ?? .system
    let client = try HTTPClient(tls: TLSClientSettings(trust: trust), options: options)
    return OIDCConnection(client: client) { await client.shutdown() }
  }

  /// Follows the file until the task is cancelled, and then ends everything.
  func run() async {
    if let reloader { await reloader.run() } else { await untilCancelled() }
    await authenticators?.close()
  }

  private func untilCancelled() async {
    guard authenticators != nil else { return }
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
  }
}
