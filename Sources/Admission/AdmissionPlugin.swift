import Schema

/// Something that may change or refuse a request before it is stored
/// (Kubernetes documentation, "Admission Controllers").
public protocol AdmissionPlugin: Sendable {
  /// The name in `--enable-admission-plugins`.
  var name: String { get }

  func handles(_ operation: AdmissionOperation) -> Bool
}

/// A plugin that may change the object. All of them run before the first validating one.
public protocol MutatingAdmissionPlugin: AdmissionPlugin {
  /// - Throws: why the request is refused.
  func admit(_ request: inout AdmissionRequest) async throws(StatusError)
}

/// A plugin that looks at the object as it will be stored.
public protocol ValidatingAdmissionPlugin: AdmissionPlugin {
  /// - Throws: why the request is refused.
  func validate(_ request: AdmissionRequest) async throws(StatusError)
}
