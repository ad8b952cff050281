import APIServer
import Authentication
import Authorization
import Security

/// How a server is set up. The names are those of kube-apiserver's flags, and so are the meanings; the
/// defaults are safe ones for one machine.
public struct DrydockConfiguration: Sendable {
  /// A serving certificate with its key and, if not those of the certificate, the names it is for.
  public struct NamedCertificate: Sendable, Equatable {
    public var certificateFile: String
    public var keyFile: String
    public var names: [String]

    public init(certificateFile: String, keyFile: String, names: [String] = []) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
      self.names = names
    }
  }

  /// The webhook of the mode `Webhook`.
  public struct AuthorizationWebhook: Sendable, Equatable {
    /// `--authorization-webhook-config-file`: a kubeconfig.
    public var configFile: String?
    /// `--authorization-webhook-version` of SubjectAccessReview: `v1` or `v1beta1`.
    public var version = "v1beta1"
    /// `--authorization-webhook-cache-authorized-ttl`; zero for no cache.
    public var cacheAuthorizedTTL = Duration.seconds(300)
    /// `--authorization-webhook-cache-unauthorized-ttl`; zero for no cache.
    public var cacheUnauthorizedTTL = Duration.seconds(30)

    public init() {}
  }

  /// `--bind-address`.
  public var bindAddress = "127.0.0.1"
  /// `--secure-port`; 0 takes a free one.
  public var securePort = 6443
  /// `--cert-dir`: where keys and certificates are kept that the server makes itself. Nil makes them anew
  /// in a temporary folder, which goes when the server ends.
  public var certDirectory: String?
  /// `--tls-cert-file` and `--tls-private-key-file`, instead of the server's own.
  public var servingCertificate: NamedCertificate?
  /// `--tls-sni-cert-key`.
  public var sniCertificates: [NamedCertificate] = []
  /// `--client-ca-file`, besides the server's own authority.
  public var clientCAFile: String?
  /// `--tls-min-version`: `VersionTLS12` or `VersionTLS13`.
  public var tlsMinVersion = "VersionTLS12"
  /// `--tls-cipher-suites`, by IANA name; empty for OpenSSL's own choice.
  public var tlsCipherSuites: [String] = []

  /// `--anonymous-auth`.
  public var allowsAnonymous = true
  /// Whether ``allowsAnonymous`` was asked for, which ``authenticationConfigFile`` must not contradict.
  public var anonymousAuthIsGiven = false
  /// `--authentication-config`: an AuthenticationConfiguration, which is read again when it changes.
  public var authenticationConfigFile: String?
  /// `--oidc-…`: one issuer of ID tokens.
  public var oidc = OIDCFlags()
  /// `--token-auth-file`.
  public var tokenAuthFile: String?
  /// The `--authentication-token-webhook-…` flags: asked after all others whose a token is; nil for none.
  public var tokenWebhook: TokenWebhook?
  /// `--enable-bootstrap-token-auth`: whether Secrets of type `bootstrap.kubernetes.io/token` in `kube-system`
  /// let new nodes in. Then expired ones are removed, too.
  public var enablesBootstrapTokens = false
  /// `--requestheader-client-ca-file` and the other flags about a front proxy; nil for none.
  public var requestHeader: RequestHeaderSettings?
  /// `--service-account-issuer`: the first one signs.
  public var serviceAccountIssuers = ["https://kubernetes.default.svc.cluster.local"]
  /// `--service-account-key-file`; empty for the signing key's public half.
  public var serviceAccountKeyFiles: [String] = []
  /// `--service-account-signing-key-file`; nil for the server's own key.
  public var serviceAccountSigningKeyFile: String?
  /// `--service-account-max-token-expiration`, in seconds; 0 for no limit.
  public var serviceAccountMaxTokenExpiration: Int64 = 0
  /// `--service-account-lookup`: whether the tokens of Secrets end with Secret and account. Tokens from
  /// TokenRequest always end with what they are bound to.
  public var looksUpServiceAccountTokens = true
  /// `--service-account-jwks-uri`: where others find the keys; nil for this server.
  public var serviceAccountKeySetURL: String?
  /// `--cluster-signing-duration`, in seconds: how long the certificates live that the cluster's signers make.
  public var clusterSigningDuration: Int64 = 365 * 24 * 3600
  /// `--service-account-extend-token-expiration`.
  public var extendsServiceAccountTokens = true
  /// `--api-audiences`; empty for the issuers.
  public var apiAudiences: [String] = []

  /// `--authorization-mode`.
  public var authorizationModes = ["Node", "RBAC"]
  /// `--authorization-policy-file`: lines of JSON, for the mode `ABAC`.
  public var authorizationPolicyFile: String?
  /// `--authorization-webhook-config-file` and the flags beside it, for the mode `Webhook`.
  public var authorizationWebhook = AuthorizationWebhook()
  /// `--authorization-config`: an AuthorizationConfiguration, instead of modes and webhook flags. It is read
  /// again when it changes.
  public var authorizationConfigFile: String?
  /// Compiles the match conditions of authorization webhooks.
  public var authorizationConditions: any AuthorizationConditionCompiler = CELAuthorizationConditions()
  /// `--enable-admission-plugins`.
  public var enabledAdmissionPlugins: [String] = []
  /// `--disable-admission-plugins`.
  public var disabledAdmissionPlugins: [String] = []
  /// `--admission-control-config-file`: what plugins are set up with.
  public var admissionControlConfigFile: String?
  /// `--default-not-ready-toleration-seconds`.
  public var defaultNotReadyTolerationSeconds: Int64 = 300
  /// `--default-unreachable-toleration-seconds`.
  public var defaultUnreachableTolerationSeconds: Int64 = 300

  /// `--audit-…`: what is recorded of requests.
  public var audit = Audit()
  /// `--tracing-config-file`: which requests are traced, and where to; nil for none.
  public var tracingConfigFile: String?
  /// `--v` and `--vmodule`: how much is logged.
  public var verbosity = LogVerbosity()
  /// The flags that the server was started with, by name, for `/flagz`.
  public var flags: @Sendable () -> [String: String] = { [:] }

  /// `--service-cluster-ip-range`: an IPv4 or IPv6 CIDR, or one of each, separated by a comma.
  public var serviceClusterIPRange = "10.0.0.0/24"
  /// `--service-node-port-range`.
  public var serviceNodePortRange: ClosedRange<Int64> = 30000...32767

  /// `--max-requests-inflight`; 0 for no limit.
  public var maxRequestsInFlight = 400
  /// `--max-mutating-requests-inflight`; 0 for no limit.
  public var maxMutatingRequestsInFlight = 200
  /// `--min-request-timeout`, in seconds.
  public var minRequestTimeout: Int64 = 1800
  /// `--request-timeout`: how long a request may take that is no watch; zero for no limit.
  public var requestTimeout: Duration = .seconds(60)
  /// `--advertise-address`: what the Endpoints of the service `kubernetes` hold; nil for the bind address.
  public var advertiseAddress: String?
  /// `--proxy-client-cert-file` and `--proxy-client-key-file`: shown to extension servers.
  public var proxyClientCertFile: String?
  public var proxyClientKeyFile: String?
  /// `--pod-log-dir`: a folder with logs for `pods/log`, `NAMESPACE/POD/CONTAINER.log`.
  public var podLogDirectory: String?
  /// `--stand-in-address`: where stand-ins for ports may be connected to, `ADDRESS:PORT` or `ADDRESS:*`.
  public var standInAddresses: [String] = []
  /// `--shutdown-grace`: how long requests may take to end when the server does.
  public var shutdownGrace: Duration = .seconds(10)
  /// What the embedding program adds.
  public var extensions = Extensions()

  public init() {}
}

/// A configuration that can't be carried out, in one line.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
