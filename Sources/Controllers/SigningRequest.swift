import Security
import Values

/// A CertificateSigningRequest as its controllers read it.
struct SigningRequest: Sendable {
  let object: Value

  init(_ object: Value) { self.object = object }

  var name: String { object["metadata"]?["name"]?.string ?? "" }
  var signerName: String { object["spec"]?["signerName"]?.string ?? "" }
  var usages: [String] { object["spec"]?["usages"]?.strings ?? [] }
  var expirationSeconds: Int64? { object["spec"]?["expirationSeconds"]?.int }
  var username: String { object["spec"]?["username"]?.string ?? "" }
  var hasCertificate: Bool { object["status"]?["certificate"]?.string?.isEmpty == false }
  var isDenied: Bool { hasCondition("Denied") }
  /// Approved, and not denied as well.
  var isApproved: Bool { hasCondition("Approved") && !isDenied }
  var hasFailed: Bool { hasCondition("Failed") }

  /// The request itself; nil where it can't be read.
  var certificateRequest: CertificateRequest? {
    guard let text = object["spec"]?["request"]?.string, let pem = try? Base64.decode(text) else {
      return nil
    }
    return try? CertificateRequest(pem: pem)
  }

  /// The certificate that was issued; nil where there is none that can be read.
  var certificate: Certificate? {
    guard let text = object["status"]?["certificate"]?.string, let pem = try? Base64.decode(text) else {
      return nil
    }
    return (try? Certificate.parse(pem: pem))?.first
  }

  private func hasCondition(_ type: String) -> Bool {
    (object["status"]?["conditions"]?.array ?? []).contains {
      $0["type"]?.string == type && $0["status"]?.string != "False"
    }
  }

  /// The object with one more condition; the server adds the times.
  func adding(condition type: String, reason: String, message: String) -> Value {
    var object = object
    let condition: Value = [
      "type": .string(type), "status": "True", "reason": .string(reason), "message": .string(message),
      "lastUpdateTime": .string(Timestamp.now.rfc3339),
    ]
    object.set(
      .array((object["status"]?["conditions"]?.array ?? []) + [condition]), at: ["status", "conditions"])
    return object
  }
}
