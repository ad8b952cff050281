import Schema
import Values

/// What a client asks for at `serviceaccounts/NAME/token` (authentication.k8s.io/v1 TokenRequest).
public struct TokenRequest: Sendable, Equatable {
  /// The object whose end ends the token.
  public struct BoundObjectReference: Sendable, Equatable {
    public var kind: String
    public var apiVersion: String
    public var name: String
    public var uid: String

    /// The version counts for nothing but the error message.
    var groupVersionKind: GroupVersionKind {
      let version = GroupVersion(apiVersion: apiVersion) ?? GroupVersion(group: "", version: apiVersion)
      return version.kind(kind)
    }
  }

  public static let kind = GroupKind(group: "authentication.k8s.io", kind: "TokenRequest")

  /// The object as it was sent; its metadata is kept.
  public var object: Value
  public var audiences: [String]
  public var expirationSeconds: Int64
  public var boundObject: BoundObjectReference?

  /// Reads the object; an hour is the default duration.
  public init(_ object: Value) {
    self.object = object
    let spec = object["spec"]
    audiences = spec?["audiences"]?.strings ?? []
    expirationSeconds = spec?["expirationSeconds"]?.int ?? 3600
    if let reference = spec?["boundObjectRef"]?.object {
      boundObject = BoundObjectReference(
        kind: reference["kind"]?.string ?? "", apiVersion: reference["apiVersion"]?.string ?? "",
        name: reference["name"]?.string ?? "", uid: reference["uid"]?.string ?? "")
    }
  }

  /// The object with the specification as it is now, and without a status.
  public var value: Value {
    var spec: Object = ["audiences": Value(audiences), "expirationSeconds": .int(expirationSeconds)]
    spec["boundObjectRef"] = .null
    if let boundObject {
      var reference = Object()
      let members = [
        ("kind", boundObject.kind), ("apiVersion", boundObject.apiVersion), ("name", boundObject.name),
        ("uid", boundObject.uid),
      ]
      for (key, text) in members where !text.isEmpty { reference[key] = .string(text) }
      spec["boundObjectRef"] = .object(reference)
    }
    var value = object
    value["spec"] = .object(spec)
    value["status"] = nil
    return value
  }

  /// - Throws: 422 where the body names another account than the path does.
  func checkNames(namespace: String, name: String) throws(StatusError) {
    var errors: [FieldError] = []
    if let own = object[path: "metadata", "name"]?.string, !own.isEmpty, own != name {
      errors = [.invalid("metadata.name", .string(own), "must match the service account name if specified")]
    } else if let own = object[path: "metadata", "namespace"]?.string, !own.isEmpty, own != namespace {
      errors = [
        .invalid("metadata.namespace", .string(own), "must match the service account namespace if specified")
      ]
    }
    if !errors.isEmpty { throw .invalid(Self.kind, name, errors) }
  }

  /// - Throws: 422 where the duration is less than ten minutes or more than 2^32 seconds.
  func checkExpiration() throws(StatusError) {
    let problem: String
    switch expirationSeconds {
    case ..<600: problem = "may not specify a duration less than 10 minutes"
    case (1 << 32 + 1)...: problem = "may not specify a duration larger than 2^32 seconds"
    default: return
    }
    throw .invalid(Self.kind, "", [.invalid("spec.expirationSeconds", .int(expirationSeconds), problem)])
  }
}
