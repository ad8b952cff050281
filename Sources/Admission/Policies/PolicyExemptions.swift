import Schema

/// What policies never see (k8s.io/kubernetes/pkg/kubeapiserver/admission/exclusion).
enum PolicyExemptions {
  private static let resources: [String: Set<String>] = [
    "authentication.k8s.io": ["selfsubjectreviews", "tokenreviews"],
    "authorization.k8s.io": [
      "localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews",
      "subjectaccessreviews",
    ],
    // Nobody can lock himself out.
    "admissionregistration.k8s.io": [
      "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", "mutatingwebhookconfigurations",
      "validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations",
    ],
  ]

  static func contain(_ request: AdmissionRequest) -> Bool {
    resources[request.resource.group]?.contains(request.resource.resource) == true
  }
}
