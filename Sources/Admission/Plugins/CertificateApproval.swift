import Authorization
import Schema
import Values

/// Lets certificate requests be approved or denied only by those who may do it for the signer.
struct CertificateApproval: ValidatingAdmissionPlugin {
  let name = "CertificateApproval"
  let authorizer: any Authorizer

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .update }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.signingRequests, "approval") else { return }
    let signer = request.oldObject?["spec"]?.text("signerName") ?? ""
    let signers = SignerAuthorization(authorizer: authorizer)
    if await signers.allows(request.user, "approve", signer: signer) { return }
    throw request.forbidden(
      "user not permitted to approve requests with signerName \(FieldError.quoted(signer))")
  }
}
