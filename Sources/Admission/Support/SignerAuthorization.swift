import Authentication
import Authorization

/// Whether a user may act for a signer (Kubernetes documentation, "Certificate Signing Requests").
struct SignerAuthorization {
  let authorizer: any Authorizer

  /// - Parameter verb: `approve`, `sign` or `attest`. It must be allowed on the signer, or on all of its
  ///   domain: `example.com/*`.
  func allows(_ user: UserInfo, _ verb: String, signer: String) async -> Bool {
    if await isAllowed(user, verb, signer) { return true }
    let domain = signer.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)[0]
    return await isAllowed(user, verb, "\(domain)/*")
  }

  private func isAllowed(_ user: UserInfo, _ verb: String, _ name: String) async -> Bool {
    await authorizer.authorize(
      AuthorizationAttributes(
        user: user, verb: verb, apiGroup: "certificates.k8s.io", apiVersion: "*", resource: "signers",
        name: name)
    ).isAllowed
  }
}
