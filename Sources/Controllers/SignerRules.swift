import Security

/// What the signers of the control plane ask of a request (Kubernetes documentation, "Certificates and
/// Certificate Signing Requests", Kubernetes signers).
enum SignerRules {
  static let kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet"

  private typealias Rule = @Sendable (CertificateRequest, Set<String>) -> String?

  private static let rules: [String: Rule] = [
    "kubernetes.io/kube-apiserver-client": { _, usages in clientProblem(usages) },
    kubeletClient: { request, usages in kubeletClientProblem(request, usages) },
    "kubernetes.io/kubelet-serving": { request, usages in kubeletServingProblem(request, usages) },
    "kubernetes.io/legacy-unknown": { _, _ in nil },
  ]

  /// Whether this control plane signs for the signer.
  static func signs(_ signerName: String) -> Bool { rules[signerName] != nil }

  /// Why the signer refuses the request; nil where it signs it.
  static func problem(_ signerName: String, _ request: CertificateRequest, usages: [String]) -> String? {
    rules[signerName]?(request, Set(usages))
  }

  private static func clientProblem(_ usages: Set<String>) -> String? {
    let allowed: Set = ["client auth", "digital signature", "key encipherment"]
    if let other = usages.subtracting(allowed).min() {
      return "invalid usage for client certificate: \(other)"
    }
    return usages.contains("client auth") ? nil : "missing required usage for client certificate: client auth"
  }

  static func kubeletClientProblem(_ request: CertificateRequest, _ usages: Set<String>) -> String? {
    let names = request.alternativeNames
    if request.subject.organizations != ["system:nodes"] { return notSystemNodes }
    if !names.dnsNames.isEmpty { return "DNS subjectAltNames are not allowed" }
    if !names.emailAddresses.isEmpty { return noEmail }
    if !names.ipAddresses.isEmpty { return "IP subjectAltNames are not allowed" }
    if !names.uris.isEmpty { return noURI }
    if !request.subject.commonName.hasPrefix(nodePrefix) { return notSystemNode }
    return usageProblem(usages, "client auth")
  }

  private static func kubeletServingProblem(_ request: CertificateRequest, _ usages: Set<String>) -> String? {
    let names = request.alternativeNames
    if request.subject.organizations != ["system:nodes"] { return notSystemNodes }
    if names.dnsNames.isEmpty && names.ipAddresses.isEmpty { return "DNS or IP subjectAltName is required" }
    if !names.emailAddresses.isEmpty { return noEmail }
    if !names.uris.isEmpty { return noURI }
    if let problem = usageProblem(usages, "server auth") { return problem }
    return request.subject.commonName.hasPrefix(nodePrefix) ? nil : notSystemNode
  }

  /// RSA keys are used for encipherment too, others need not be.
  private static func usageProblem(_ usages: Set<String>, _ purpose: String) -> String? {
    let needed: Set = [purpose, "digital signature"]
    let withRSA = needed.union(["key encipherment"])
    if usages == needed || usages == withRSA { return nil }
    return "usages did not match [\(withRSA.sorted().joined(separator: " "))]"
  }

  private static let nodePrefix = "system:node:"
  private static let notSystemNodes = "subject organization is not system:nodes"
  private static let notSystemNode = "subject common name does not begin with system:node:"
  private static let noEmail = "email subjectAltNames are not allowed"
  private static let noURI = "URI subjectAltNames are not allowed"
}
