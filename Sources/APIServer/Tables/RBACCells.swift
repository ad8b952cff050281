import Values

/// Rows of role bindings.
enum RBACCells {
  static let makers: [String: CellMaker] = [
    "rolebindings.rbac.authorization.k8s.io": binding,
    "clusterrolebindings.rbac.authorization.k8s.io": binding,
  ]

  private static let binding = CellRule.row(
    .name, .computed { "\($0.at("roleRef.kind").text)/\($0.at("roleRef.name").text)" }, .age,
    .computed { subjects($0, "User") }, .computed { subjects($0, "Group") },
    .computed { subjects($0, "ServiceAccount") })

  private static func subjects(_ binding: ObjectReader, _ kind: String) -> String {
    binding["subjects"].items.filter { $0["kind"].text == kind }.map { subject in
      let name = subject["name"].text
      return kind == "ServiceAccount" ? "\(subject["namespace"].text)/\(name)" : name
    }.joined(separator: ", ")
  }
}
