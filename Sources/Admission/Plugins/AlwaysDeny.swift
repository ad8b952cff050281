import Schema

/// Refuses every change: for tests of how clients cope.
struct AlwaysDeny: MutatingAdmissionPlugin, ValidatingAdmissionPlugin {
  let name = "AlwaysDeny"

  func handles(_ operation: AdmissionOperation) -> Bool { true }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) { try await validate(request) }

  func validate(_ request: AdmissionRequest) async throws(StatusError) {
    throw request.forbidden("admission control is denying all modifications")
  }
}
