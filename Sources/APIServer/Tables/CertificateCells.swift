import Values

/// Rows of certificate signing requests.
enum CertificateCells {
  static let makers: [String: CellMaker] = [
    "certificatesigningrequests.certificates.k8s.io": CellRule.row(
      .name, .age, .computed { $0.at("spec.signerName").text(orEmpty: "<none>") }, .text("spec.username"),
      .computed(duration), .computed(condition))
  ]

  private static func duration(_ request: ObjectReader) -> String {
    let seconds = request.at("spec.expirationSeconds")
    return seconds.exists ? HumanDuration.text(seconds: seconds.integer) : "<none>"
  }

  private static func condition(_ request: ObjectReader) -> String {
    var text = "Pending"
    if request.condition("Approved") != nil { text = "Approved" }
    if request.condition("Denied") != nil { text = "Denied" }
    if request.condition("Failed") != nil { text += ",Failed" }
    return request.at("status.certificate").text.isEmpty ? text : text + ",Issued"
  }
}
