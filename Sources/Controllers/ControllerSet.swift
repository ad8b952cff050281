import APIServer
import Security
import Store

/// The controllers that a client of the real server's control plane notices.
public struct ControllerSet: Sendable {
  private let server: APIServer
  private let certificateAuthority: String
  private let signer: CertificateAuthority?
  private let issueToken: TokenController.Issue
  private let legacyTokens: LegacyTokenTracker
  /// `--cluster-signing-duration`, in seconds.
  public var signingDuration: Int64 = 365 * 24 * 3600
  /// Whether bootstrap tokens are used: then expired ones are removed, and the others sign cluster-info.
  public var keepsBootstrapTokens = false
  /// What is told to servers behind this one; nil leaves their config map alone.
  public var authenticationInfo: (@Sendable () -> ClientAuthenticationInfo)?
  /// Whether that may change while the server runs, as the authorities are in files.
  public var authenticationInfoMayChange = false

  /// - Parameters:
  ///   - certificateAuthority: of the serving certificate, PEM.
  ///   - signer: signs certificate signing requests; nil where the authority's key is not there.
  ///   - issueToken: makes the tokens of Secrets.
  public init(
    server: APIServer, certificateAuthority: String, signer: CertificateAuthority?,
    issueToken: @escaping TokenController.Issue
  ) {
    self.server = server
    self.certificateAuthority = certificateAuthority
    self.signer = signer
    self.issueToken = issueToken
    legacyTokens = LegacyTokenTracker(client: LoopbackClient(server: server, manager: "kube-apiserver"))
  }

  /// To be told of every Secret whose token somebody authenticates by.
  public var didUseLegacyToken: @Sendable (ObjectKey) -> Void { legacyTokens.didUse }

  /// Runs them all until the task is cancelled.
  public func run(with runner: ControllerRunner) async {
    func client(_ manager: String = "kube-controller-manager") -> LoopbackClient {
      LoopbackClient(server: server, manager: manager)
    }
    await withDiscardingTaskGroup { group in
      func run<R: Reconciler>(_ reconciler: R) {
        group.addTask { await runner.run(reconciler) }
      }
      run(CustomResourcesController(server: server, client: client("kube-apiserver")))
      run(APIServiceController(server: server, client: client("kube-apiserver")))
      run(NamespaceController(client: client()))
      run(ServiceAccountController(client: client()))
      run(RootCAController(client: client(), certificate: certificateAuthority))
      run(
        TokenController(
          client: client(), certificateAuthority: certificateAuthority, issue: issueToken))
      run(legacyTokens)
      run(GarbageCollector(client: client()))
      run(RoleAggregationController(client: client("clusterrole-aggregation-controller")))
      if let signer {
        run(CertificateSigner(client: client(), authority: signer, longest: signingDuration))
        run(CertificateApprover(client: client()))
      }
      run(CertificateCleaner(client: client()))
      if keepsBootstrapTokens {
        run(BootstrapTokenCleaner(client: client()))
        run(BootstrapTokenSigner(client: client()))
      }
      if let authenticationInfo {
        run(
          AuthenticationInfoController(
            client: client("kube-apiserver"), interval: authenticationInfoMayChange ? .seconds(10) : nil,
            info: authenticationInfo))
      }
      run(QuotaController(client: client()))
      run(DisruptionController(client: client()))
      run(ClaimProtectionController(client: client()))
      run(VolumeProtectionController(client: client()))
      run(PodGarbageCollector(client: client()))
      run(
        ServiceCIDRController(
          client: client(), statusClient: client(ServiceCIDRController.title)))
      run(
        ValidatingAdmissionPolicyStatusController(
          client: client(ValidatingAdmissionPolicyStatusController.title)))
    }
  }
}
