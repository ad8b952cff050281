import Authentication
import Schema
import Values

/// Writes into a CertificateSigningRequest who asks: whatever the client claims, it is the one who is
/// authenticated (certificates.k8s.io/v1 CertificateSigningRequestSpec).
struct CertificateRequestHook: KindHook {
  func beforeCreate(
    _ object: inout Value, _ scope: ResourceScope, _ registry: ObjectRegistry, _ caller: Caller
  ) async throws(StatusError) {
    let user = caller.user
    object["spec", default: [:]].mutateObject { spec in
      spec["username"] = user.name.isEmpty ? nil : .string(user.name)
      spec["uid"] = user.uid.isEmpty ? nil : .string(user.uid)
      spec["groups"] = user.groups.isEmpty ? nil : Value(user.groups)
      var extra = Object()
      for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) { extra[key] = Value(values) }
      spec["extra"] = extra.isEmpty ? nil : .object(extra)
    }
  }
}
