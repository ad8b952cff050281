import Values

/// Rows of the group policy.
enum PolicyCells {
  static let makers: [String: CellMaker] = [
    "poddisruptionbudgets.policy": CellRule.row(
      .name, .computed { bound($0.at("spec.minAvailable")) },
      .computed { bound($0.at("spec.maxUnavailable")) }, .integer("status.disruptionsAllowed"), .age)
  ]

  private static func bound(_ field: ObjectReader) -> String { field.exists ? field.integerOrText : "N/A" }
}
