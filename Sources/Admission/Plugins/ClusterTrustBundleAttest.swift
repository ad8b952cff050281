import Authorization
import Schema
import Values

/// Lets trust bundles of a signer be written only by those who may attest for it.
struct ClusterTrustBundleAttest: ValidatingAdmissionPlugin {
  let name = "ClusterTrustBundleAttest"
  let authorizer: any Authorizer

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create || operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.trustBundles), let spec = request.object?["spec"] else { return }
    let old = request.oldObject?["spec"]
    let signer = spec.text("signerName")
    if signer.isEmpty || (request.operation == .update && spec == old) { return }
    let signers = SignerAuthorization(authorizer: authorizer)
    if await signers.allows(request.user, "attest", signer: signer) { return }
    throw request.forbidden("user not permitted to attest for signerName \(FieldError.quoted(signer))")
  }
}
