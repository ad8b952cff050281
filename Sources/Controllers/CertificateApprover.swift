import APIServer
import Authentication
import Authorization
import Schema
import Store
import Values

/// Approves the client certificates that kubelets ask for, where the requester may have them without
/// anybody's consent (Kubernetes documentation, "TLS bootstrapping", approval controller).
public struct CertificateApprover: Reconciler {
  public let name = "certificatesigningrequest-approving-controller"
  private let client: LoopbackClient

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    if change.resource.group == "rbac.authorization.k8s.io" {
      // Who was refused may be allowed now.
      return initialKeys()
    }
    guard change.resource == .certificateSigningRequests, change.kind != .deleted,
      Self.isOpen(SigningRequest(change.object.value))
    else { return [] }
    return [change.object.key.name]
  }

  public func initialKeys() -> [String] {
    client.store.list(.certificateSigningRequests).filter { Self.isOpen(SigningRequest($0.value)) }
      .map(\.key.name)
  }

  private static func isOpen(_ request: SigningRequest) -> Bool {
    request.signerName == SignerRules.kubeletClient && !request.hasCertificate && !request.isApproved
      && !request.isDenied
  }

  public func reconcile(_ name: String) async throws {
    guard let object = client.get(.certificateSigningRequests, name: name) else { return }
    let request = SigningRequest(object)
    guard Self.isOpen(request), let csr = request.certificateRequest,
      SignerRules.kubeletClientProblem(csr, Set(request.usages)) == nil
    else { return }
    // The requester, as the server wrote them down.
    let user = UserInfo(request.object["spec"])
    if request.username == csr.subject.commonName, await isAllowed(user, "selfnodeclient") {
      return try await approve(
        name, object.uid, "Auto approving self kubelet client certificate after SubjectAccessReview.")
    }
    if await isAllowed(user, "nodeclient") {
      try await approve(
        name, object.uid, "Auto approving kubelet client certificate after SubjectAccessReview.")
    }
  }

  private func isAllowed(_ user: UserInfo, _ subresource: String) async -> Bool {
    await client.allows(
      AuthorizationAttributes(
        user: user, verb: "create", apiGroup: "certificates.k8s.io", apiVersion: "*",
        resource: "certificatesigningrequests", subresource: subresource))
  }

  private func approve(_ name: String, _ uid: String, _ message: String) async throws {
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.certificateSigningRequests, name: name, subresource: "approval") { object in
        let request = SigningRequest(object)
        guard object.uid == uid, Self.isOpen(request) else { return nil }
        return request.adding(condition: "Approved", reason: "AutoApproved", message: message)
      }
    }
  }
}
