import Schema

/// A plugin of the real server that has nothing to do here: what it guards is behind a feature gate that is
/// off by default, or needs what only real nodes have. Its name is known to the flags.
struct InactivePlugin: AdmissionPlugin {
  let name: String

  func handles(_ operation: AdmissionOperation) -> Bool { false }
}
