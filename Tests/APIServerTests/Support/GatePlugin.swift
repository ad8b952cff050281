import Admission
import Schema
import Synchronization

/// An admission plugin that keeps creates of ConfigMaps waiting until it is opened.
final class GatePlugin: MutatingAdmissionPlugin {
  let name = "Gate"
  private let isOpen = Atomic(false)

  func open() { isOpen.store(true, ordering: .relaxed) }

  func handles(_ operation: AdmissionOperation) -> Bool { operation == .create }

  func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
    guard request.resource.resource == "configmaps" else { return }
    while !isOpen.load(ordering: .relaxed) {
      do { try await Task.sleep(for: .milliseconds(2)) } catch { throw .internalError("cancelled") }
    }
  }
}
