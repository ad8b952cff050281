import Values

/// The times of a CertificateSigningRequest's conditions, which the server sets where a client did not.
enum SigningRequestConditions {
  static func stamp(_ new: inout Object, _ old: Object, _ now: Timestamp) {
    let known = old["status"]?["conditions"]?.array ?? []
    new.edit("status") { status in
      status.editEach("conditions") { condition in
        let same = known.first { $0["type"] == condition["type"] && $0["status"] == condition["status"] }
        condition.setDefault("lastUpdateTime", .string(now.rfc3339))
        condition.setDefault("lastTransitionTime", same?["lastTransitionTime"] ?? .string(now.rfc3339))
      }
    }
  }
}
