import Schema

/// Allows everything: only its name is of use, to configurations that still name it.
struct AlwaysAdmit: ValidatingAdmissionPlugin {
  let name = "AlwaysAdmit"

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {}
}
