import APIServer
import Admission
import Authentication
import Authorization
import Controllers
import Glibc
import Logging
import Metrics
import Schema
import Security
import Store
import Synchronization
import Values

/// Puts a server together from its configuration.
struct Assembly {
  let apiServer: APIServer
  let pki: PKI
  let temporary: TemporaryDirectory?
  let address: ServerAddress
  private let accounts: ServiceAccountTokens
  private let oidc: OIDCAuthenticators
  private let configuration: DrydockConfiguration
  private let logger: Logger
  private let serviceRanges: [ServiceAddresses.Range]
  private let authorities: ClientAuthorities

  init(_ configuration: DrydockConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    let ranges: [ServiceAddresses.Range]
    do throws(ServiceAddresses.RangeError) {
      ranges = try ServiceAddresses.ranges(configuration.serviceClusterIPRange)
    } catch {
      throw ConfigurationError("--service-cluster-ip-range: \(error.message)")
    }
    serviceRanges = ranges
    temporary = configuration.certDirectory == nil ? try TemporaryDirectory() : nil
    pki = try PKI.loadOrCreate(
      directory: configuration.certDirectory ?? temporary?.path ?? ".",
      names: .init(
        ipAddresses: Self.certifiable(configuration.bindAddress), serviceAddress: ranges.first?.first ?? ""))

    let store = ObjectStore()
    let address = ServerAddress()
    self.address = address
    let audiences =
      configuration.apiAudiences.isEmpty ? configuration.serviceAccountIssuers : configuration.apiAudiences
    let registry = MetricsRegistry()
    let metrics = AuthenticationMetrics(registry: registry, serverID: ServerIdentity.name)
    let accounts = try ServiceAccountTokens(
      configuration, store: store, pki: pki, audiences: audiences, metrics: metrics)
    self.accounts = accounts
    oidc = try OIDCAuthenticators(configuration, metrics: metrics, logger: logger.of(.authentication))
    if let problem = accounts.documentsProblem {
      logger.warning("The documents of the service account issuer are not served: \(problem)")
    }
    let authorities = try ClientAuthorities(
      configuration, own: pki.authority, logger: logger.of(.authentication))
    self.authorities = authorities
    let kinds = ServedKinds()
    let admission = try AdmissionSettings(configuration)
    let authorization = try Authorizers(
      configuration, store: store, measures: AuthorizationMeasures(registry),
      logger: logger.of(.authorization))
    var components = APIServer.Components(
      store: store,
      authenticator: try Authenticators.chain(
        configuration, authorities: authorities, accounts: accounts, store: store, oidc: oidc,
        audiences: audiences, metrics: metrics, logger: logger.of(.authentication)),
      authorizer: authorization.authorizer, rules: authorization.rules, index: authorization.index,
      admission: try AdmissionPlugins.chain(
        of: AdmissionPlugins.table(with: configuration.extensions.admissionPlugins),
        enabled: configuration.enabledAdmissionPlugins, disabled: configuration.disabledAdmissionPlugins,
        store: store, authorizer: authorization.authorizer
      ) { context in
        admission.apply(to: &context)
        context.measures = PluginMeasures(registry)
        context.kinds = kinds
        context.resource = { kinds.resource(of: $0) }
        context.createNamespace = { name throws(StatusError) in try await kinds.createNamespace(name) }
        context.requestedSubject = { pem in
          (try? CertificateRequest(pem: pem)).map { request in
            .init(commonName: request.subject.commonName, organizations: request.subject.organizations)
          }
        }
      },
      apiAudiences: audiences, tokenIssuer: { await accounts.issuer() },
      issuerDocuments: { await accounts.documents(serverAddress: address.text) }, health: HealthChecks(),
      serverAddress: { address.text },
      serviceAddresses: ServiceAddresses(ranges: ranges, nodePorts: configuration.serviceNodePortRange))
    components.metrics = registry
    components.watch.minimumTimeoutSeconds = configuration.minRequestTimeout
    components.maxReadOnlyInFlight = configuration.maxRequestsInFlight
    components.maxMutatingInFlight = configuration.maxMutatingRequestsInFlight
    components.requestTimeout = configuration.requestTimeout
    if let proxy = configuration.requestHeader { components.requestHeader = proxy.fields }
    components.didFailToAuthenticate = { [logger = logger.of(.authentication)] error in
      logger.error(
        "Unable to authenticate the request", metadata: ["err": "\(GoText.quoted(error.description))"])
    }
    components.auditor = try Auditing.auditor(configuration.audit, logger: logger)
    components.tracer = try RequestTracing.tracer(configuration.tracingConfigFile, logger: logger)
    components.logger = logger
    components.verbosity = configuration.verbosity
    components.flags = configuration.flags
    components.extensions = try ExtensionAPIs.settings(configuration, store: store)
    components.podLogs = PodLogs.files(configuration)
    components.standInAddresses = try PodLogs.standInAddresses(configuration)
    apiServer = APIServer(components)
    kinds.follow(apiServer)
    addHealthChecks()
  }

  /// An address that can stand in a certificate.
  private static func certifiable(_ host: String) -> [String] {
    ["0.0.0.0", "::", "localhost"].contains(host) ? [] : [host]
  }

  private func addHealthChecks() {
    apiServer.health.add("ping") { nil }
    let store = apiServer.store
    apiServer.health.add("etcd") { store.revision > 0 ? nil : "the store is empty" }
  }

  // MARK: - TLS

  func tlsContext() throws -> ReloadingTLSContext {
    let own = configuration.servingCertificate
    var files = TLSServerFiles(
      identity: .init(
        certificate: own?.certificateFile ?? pki.files.server, key: own?.keyFile ?? pki.files.serverKey),
      sni: configuration.sniCertificates.map {
        .init(certificate: $0.certificateFile, key: $0.keyFile, names: $0.names)
      })
    files.clientCA =
      [pki.files.authority]
      + [
        configuration.clientCAFile, configuration.requestHeader?.clientCAFile,
      ].compactMap(\.self)
    guard let version = TLSVersion.kubernetesNames[configuration.tlsMinVersion] else {
      throw ConfigurationError("--tls-min-version: \(configuration.tlsMinVersion) is not known")
    }
    let suites = configuration.tlsCipherSuites
    let logger = logger.of(.tls)
    return try ReloadingTLSContext(
      files,
      adjust: { tls in
        tls.minVersion = version
        tls.cipherSuites = suites
      },
      onReload: { result in
        if case .failure(let error) = result { logger.error("\(error)") }
      })
  }

  // MARK: - What runs

  func bootstrap(securePort: Int) async throws {
    var settings = Bootstrap.Settings(
      serviceRanges: serviceRanges, securePort: securePort, authentication: authenticationInfo())
    settings.advertisedAddress = ExtensionAPIs.advertised(
      configuration.advertiseAddress ?? configuration.bindAddress)
    try await Bootstrap(server: apiServer, settings: settings).run()
  }

  /// What servers behind this one are told of its clients, as it is at the time.
  private var authenticationInfo: @Sendable () -> ClientAuthenticationInfo {
    { [authorities, requestHeader = configuration.requestHeader?.fields] in
      ClientAuthenticationInfo(
        clientCA: authorities.clients().pem, requestHeaderCA: authorities.proxies?().pem,
        requestHeader: requestHeader)
    }
  }

  func startControllers() -> Task<Void, Never> {
    let runner = ControllerRunner(store: apiServer.store, logger: logger.of(.controllers))
    let accounts = accounts
    var set = ControllerSet(
      server: apiServer, certificateAuthority: pki.authority.pem, signer: pki.certificateAuthority
    ) { secret, account, uid in
      try await accounts.issuer()?.legacyToken(
        namespace: secret.namespace, serviceAccount: account, uid: uid, secretName: secret.name)
    }
    set.signingDuration = configuration.clusterSigningDuration
    set.keepsBootstrapTokens = configuration.enablesBootstrapTokens
    set.authenticationInfo = authenticationInfo
    set.authenticationInfoMayChange =
      configuration.clientCAFile != nil || configuration.requestHeader != nil
    accounts.onUse(set.didUseLegacyToken)
    let store = apiServer.store
    let oidc = oidc
    return Task { [set] in
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await set.run(with: runner) }
        group.addTask { await oidc.run() }
        group.addTask { await Compaction.run(store) }
      }
    }
  }

  /// Waits for what clients expect of a ready server: the default service account.
  func settle() async {
    let accounts = GroupResource(group: "", resource: "serviceaccounts")
    for _ in 0..<500 {
      if apiServer.store.get(accounts, ObjectKey(namespace: "default", name: "default")) != nil { return }
      try? await Task.sleep(for: .milliseconds(1))
    }
  }
}

/// `host:port`, known once the server listens.
final class ServerAddress: Sendable {
  private let value = Mutex("127.0.0.1:6443")

  var text: String { value.withLock { $0 } }

  func set(_ text: String) { value.withLock { $0 = text } }
}
