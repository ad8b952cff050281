import Values

/// Rows of the group resource.k8s.io, dynamic resource allocation.
enum ResourceCells {
  static let makers: [String: CellMaker] = [
    "resourceclaims.resource.k8s.io": CellRule.row(.name, .computed(state), .age),
    "resourceslices.resource.k8s.io": CellRule.row(
      .name, .text("spec.nodeName"), .text("spec.driver"), .text("spec.pool.name"), .age),
  ]

  private static func state(_ claim: ObjectReader) -> String {
    var states = claim.isBeingDeleted ? ["deleted"] : []
    if claim.at("status.allocation").exists {
      states.append("allocated")
      if claim.at("status.reservedFor").count > 0 { states.append("reserved") }
    } else if states.isEmpty {
      states.append("pending")
    }
    return states.joined(separator: ",")
  }
}
