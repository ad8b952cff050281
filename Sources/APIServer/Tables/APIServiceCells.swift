import Values

/// Rows of API services (kube-aggregator).
enum APIServiceCells {
  static let makers: [String: CellMaker] = [
    "apiservices.apiregistration.k8s.io": CellRule.row(.name, .computed(service), .computed(available), .age)
  ]

  private static func service(_ object: ObjectReader) -> String {
    let service = object.at("spec.service")
    return service.exists ? "\(service["namespace"].text)/\(service["name"].text)" : "Local"
  }

  private static func available(_ object: ObjectReader) -> String {
    guard let condition = object.condition("Available") else { return "Unknown" }
    let status = condition["status"].text
    let reason = condition["reason"].text
    return status == "True" || reason.isEmpty ? status : "\(status) (\(reason))"
  }
}
