import Authorization
import Schema

extension KindHooks {
  /// The hooks of the built-in kinds.
  static func standard(_ components: APIServer.Components) -> KindHooks {
    let escalation = RBACEscalationHook(
      check: EscalationCheck(authorizer: components.authorizer, index: components.index))
    func rbac(_ resource: String) -> GroupResource {
      GroupResource(group: "rbac.authorization.k8s.io", resource: resource)
    }
    return KindHooks([
      rbac("roles"): [escalation], rbac("clusterroles"): [escalation],
      rbac("rolebindings"): [escalation], rbac("clusterrolebindings"): [escalation],
      GroupResource(group: "", resource: "services"): [
        ServiceAddressHook(
          addresses: components.serviceAddresses, records: ServiceAddressRecords(store: components.store))
      ],
      GroupResource(group: "certificates.k8s.io", resource: "certificatesigningrequests"): [
        CertificateRequestHook()
      ],
    ])
  }
}
