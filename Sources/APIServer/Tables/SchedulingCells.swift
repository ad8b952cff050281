import Values

/// Rows of the group scheduling.k8s.io.
enum SchedulingCells {
  static let makers: [String: CellMaker] = [
    "priorityclasses.scheduling.k8s.io": CellRule.row(
      .name, .integer("value"), .bool("globalDefault"), .age, .text("preemptionPolicy"))
  ]
}
