import Authorization
import Schema
import Values

/// Lets certificates be issued, and requests be marked as failed, only by those who may sign for the signer.
struct CertificateSigning: ValidatingAdmissionPlugin {
  let name = "CertificateSigning"
  let authorizer: any Authorizer

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.signingRequests, "status") else { return }
    let (new, old) = (request.object?["status"], request.oldObject?["status"])
    let isSame =
      new?["certificate"] == old?["certificate"]
      && (new?.list("conditions") ?? []) == (old?.list("conditions") ?? [])
    if isSame { return }
    let signer = request.oldObject?["spec"]?.text("signerName") ?? ""
    let signers = SignerAuthorization(authorizer: authorizer)
    if await signers.allows(request.user, "sign", signer: signer) { return }
    throw request.forbidden(
      "user not permitted to sign requests with signerName \(FieldError.quoted(signer))")
  }
}
