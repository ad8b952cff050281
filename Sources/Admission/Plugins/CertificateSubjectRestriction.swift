import Schema
import Values

/// Refuses requests for client certificates that would make their owner a member of system:masters.
struct CertificateSubjectRestriction: ValidatingAdmissionPlugin {
  let name = "CertificateSubjectRestriction"
  let requestedSubject: AdmissionPlugins.SubjectReader

  private static let signer = "kubernetes.io/kube-apiserver-client"

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    guard request.concerns(.signingRequests), let spec = request.object?["spec"],
      spec.text("signerName") == Self.signer
    else { return }
    guard let bytes = try? Base64.decode(spec.text("request")), let subject = requestedSubject(bytes) else {
      throw request.forbidden("failed to parse CSR: it is no certificate request in PEM")
    }
    if !subject.organizations.contains("system:masters") { return }
    throw request.forbidden("use of \(Self.signer) signer with system:masters group is not allowed")
  }
}
