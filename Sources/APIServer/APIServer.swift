import Admission
import Audit
import Authentication
import Authorization
import HTTPService
import Logging
import Metrics
import Schema
import Store
import Synchronization
import Tracing
import Values

/// The API server: answers requests by its chain (see RequestChain.swift) from a store.
public final class APIServer: Sendable {
  /// What the server is put together from.
  public struct Components: Sendable {
    public var store: ObjectStore
    public var authenticator: any RequestAuthenticator
    public var authorizer: any Authorizer
    /// Tells a user's rules, for SelfSubjectRulesReview.
    public var rules: any RuleResolver
    /// The roles and bindings, for checks of privilege escalation.
    public var index: RBACIndex
    public var admission: AdmissionChain
    /// For whom tokens are meant by default (`--api-audiences`).
    public var apiAudiences: [String]
    /// The header fields of a front proxy (`--requestheader-…`), which are removed once the client is known.
    public var requestHeader = RequestHeaderAuthenticator.Configuration()
    /// Told why a request is answered 401, where it has a credential that is no good.
    public var didFailToAuthenticate: @Sendable (AuthenticationError) -> Void = { _ in }
    /// Signs service account tokens; nil until its key is there.
    public var tokenIssuer: @Sendable () async -> ServiceAccountTokenIssuer?
    /// What the service account issuer publishes.
    public var issuerDocuments: @Sendable () async -> (configuration: Value, keys: Value)?
    public var health: HealthChecks
    /// `host:port` as discovery names the server.
    public var serverAddress: @Sendable () -> String
    public var serviceAddresses: ServiceAddresses
    public var watch = WatchConfiguration()
    /// How extension servers are reached; nil where they are not.
    public var extensions: ExtensionServers.Settings?
    /// Logs of pods that are kept in files.
    public var podLogs = PodLogFiles()
    /// Where stand-ins for the ports of pods, services and nodes may lead.
    public var standInAddresses = StandInAddresses.none
    /// `--max-requests-inflight` and `--max-mutating-requests-inflight`; 0 stands for no limit.
    public var maxReadOnlyInFlight = 400
    public var maxMutatingInFlight = 200
    /// `--request-timeout`; zero for no limit.
    public var requestTimeout = Duration.seconds(60)
    /// Records requests; nil for no audit.
    public var auditor: Auditor?
    /// Records spans of requests (`--tracing-config-file`); nil for none.
    public var tracer: Tracer?
    /// Where everything that is measured is found.
    public var metrics = MetricsRegistry()
    public var logger = Logger(label: "drydock") { _ in SwiftLogNoOpLogHandler() }
    public var verbosity = LogVerbosity()
    /// The flags and their values, as `/flagz` shows them.
    public var flags: @Sendable () -> [String: String] = { [:] }

    public init(
      store: ObjectStore, authenticator: any RequestAuthenticator, authorizer: any Authorizer,
      rules: any RuleResolver, index: RBACIndex, admission: AdmissionChain, apiAudiences: [String],
      tokenIssuer: @escaping @Sendable () async -> ServiceAccountTokenIssuer?,
      issuerDocuments: @escaping @Sendable () async -> (configuration: Value, keys: Value)?,
      health: HealthChecks, serverAddress: @escaping @Sendable () -> String,
      serviceAddresses: ServiceAddresses
    ) {
      self.store = store
      self.authenticator = authenticator
      self.authorizer = authorizer
      self.rules = rules
      self.index = index
      self.admission = admission
      self.apiAudiences = apiAudiences
      self.tokenIssuer = tokenIssuer
      self.issuerDocuments = issuerDocuments
      self.health = health
      self.serverAddress = serverAddress
      self.serviceAddresses = serviceAddresses
    }
  }

  public let store: ObjectStore
  public let health: HealthChecks
  let authenticator: any RequestAuthenticator
  let apiAudiences: [String]
  let requestHeader: RequestHeaderAuthenticator.Configuration
  let didFailToAuthenticate: @Sendable (AuthenticationError) -> Void
  let authorizer: any Authorizer
  let impersonation: Impersonation
  public let extensions: ExtensionServers
  let registry: ObjectRegistry
  let flowControl: FlowControl
  let requestTimeout: Duration
  /// Records requests; whoever stops the server ends it, so that nothing is lost.
  public let auditor: Auditor?
  /// Records spans; whoever stops the server ends it, too.
  public let tracer: Tracer?
  let requestLog: RequestLog
  public let metrics: ServerMetrics
  let router: Router
  private let current: Mutex<ServedAPI>

  public init(_ components: Components) {
    store = components.store
    health = components.health
    authenticator = components.authenticator
    apiAudiences = components.apiAudiences
    requestHeader = components.requestHeader
    didFailToAuthenticate = components.didFailToAuthenticate
    authorizer = components.authorizer
    impersonation = Impersonation(metrics: ImpersonationMetrics(registry: components.metrics)) {
      await components.authorizer.authorize($0)
    }
    var admission = components.admission
    let admissionMetrics = AdmissionMetrics()
    admission.observer = admissionMetrics
    components.metrics.add(admissionMetrics)
    registry = ObjectRegistry(
      store: components.store, admission: admission, authorizer: components.authorizer,
      hooks: KindHooks.standard(components))
    extensions = ExtensionServers(store: components.store, settings: components.extensions)
    flowControl = FlowControl(
      limits: .init(readOnly: components.maxReadOnlyInFlight, mutating: components.maxMutatingInFlight),
      store: components.store)
    components.metrics.add(flowControl.metrics)
    requestTimeout = components.requestTimeout
    auditor = components.auditor
    tracer = components.tracer
    requestLog = RequestLog(components.logger, components.verbosity)
    metrics = ServerMetrics(
      registry: components.metrics, store: components.store, flowControl: flowControl,
      audit: components.auditor?.counters)
    current = Mutex(ServedAPI())
    let issuerDocuments = components.issuerDocuments
    router = Router(
      registry: registry, metrics: metrics, watch: components.watch,
      extensions: ExtensionProxy(servers: extensions),
      virtual: VirtualResources(
        authorizer: components.authorizer, rules: components.rules,
        tokenReviewer: TokenReviewer(components.authenticator, apiAudiences: components.apiAudiences)),
      subresources: SubresourceEndpoints(
        registry: registry, tokenIssuer: components.tokenIssuer,
        connect: ConnectEndpoints(
          registry: registry, podLogs: components.podLogs, addresses: components.standInAddresses,
          containerFiles: ContainerFiles())),
      nonResource: NonResourceEndpoints(
        health: HealthEndpoints(checks: components.health), metrics: metrics,
        debugging: DebuggingEndpoints(flags: components.flags, verbosity: components.verbosity),
        why: WhyEndpoint(
          explainer: AccessExplainer(authorizer: components.authorizer, index: components.index)),
        issuer: {
          await issuerDocuments().map {
            NonResourceEndpoints.IssuerDocuments(configuration: $0.configuration, keys: $0.keys)
          }
        }, serverAddress: components.serverAddress))
  }

  /// What is served now. A request keeps to what was served when it came.
  public var served: ServedAPI { current.withLock { $0 } }

  /// Has something else served from now on.
  /// - Parameter change: makes it of what is served until now; one change at a time.
  public func changeServed(_ change: (ServedAPI) -> ServedAPI) {
    current.withLock { $0 = change($0) }
  }
}
