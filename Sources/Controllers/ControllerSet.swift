import APIServer
import Security

/// The controllers that a client of the real server's control plane notices.
public struct ControllerSet: Sendable {
  private let server: APIServer
  private let certificateAuthority: String
  private let signer: CertificateAuthority?

  /// - Parameters:
  ///   - certificateAuthority: of the serving certificate, PEM.
  ///   - signer: signs certificate signing requests; nil where the authority's key is not there.
  public init(server: APIServer, certificateAuthority: String, signer: CertificateAuthority?) {
    self.server = server
    self.certificateAuthority = certificateAuthority
    self.signer = signer
  }

  /// Runs them all until the task is cancelled.
  public func run(with runner: ControllerRunner) async {
    func client(_ manager: String = "kube-controller-manager") -> LoopbackClient {
      LoopbackClient(server: server, manager: manager)
    }
    await withDiscardingTaskGroup { group in
      group.addTask { await runner.run(NamespaceController(client: client())) }
      group.addTask { await runner.run(ServiceAccountController(client: client())) }
      group.addTask {
        await runner.run(RootCAController(client: client(), certificate: certificateAuthority))
      }
      group.addTask { await runner.run(GarbageCollector(client: client())) }
      group.addTask {
        await runner.run(RoleAggregationController(client: client("clusterrole-aggregation-controller")))
      }
    }
  }
}
