import Schema
import Security
import Values

/// CertificateSigningRequests (pkg/apis/certificates/validation).
enum SigningRequestRules {
  static let table: [String: KindRules] = [
    "certificates.k8s.io/CertificateSigningRequest": KindRules(
      name: NameRule { _, _ in [] }, checksFinalizers: true,
      content: { object, errors in whole(object, nil, &errors) },
      change: { new, old, errors in update(new, old, &errors) }, steps: [.change],
      subresources: [
        "approval": { new, old, errors in update(new, old, settingApproval: true, &errors) },
        "status": { new, old, errors in update(new, old, settingCertificate: true, &errors) },
      ])
  ]

  private static let usages = [
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system",
    "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc",
    "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
  ]

  /// - Parameter old: the stored request, whose faults a change may keep; nil for a new one.
  private static func whole(_ object: Field, _ old: Value?, _ errors: inout Findings) {
    let spec = object["spec"]
    if let fault = requestFault(spec["request"].text) { errors.invalidText(spec["request"], fault) }
    if spec["usages"].isEmpty { errors.required(spec["usages"]) }
    let before = old?["spec"]?["usages"]?.strings
    if before?.allSatisfy(usages.contains) ?? true {
      for usage in spec["usages"].elements { errors.oneOf(usage, usages) }
    }
    if before.map({ Set($0).count == $0.count }) ?? true {
      var seen: Set<String> = []
      for usage in spec["usages"].elements where !seen.insert(usage.text).inserted { errors.duplicate(usage) }
    }
    if spec["signerName"].text == "kubernetes.io/legacy-unknown",
      old?["spec"]?["signerName"]?.string != "kubernetes.io/legacy-unknown"
    {
      errors.invalid(spec["signerName"], "the legacy signerName is not allowed via this API version")
    } else {
      SignerNames.validate(spec["signerName"], &errors)
    }
    if let seconds = spec["expirationSeconds"].int, seconds < 600 {
      errors.invalid(
        spec["expirationSeconds"], "may not specify a duration less than 600 seconds (10 minutes)")
    }
    conditions(object["status"]["conditions"], old, &errors)
    let certificate = object["status"]["certificate"]
    if old == nil || certificate.value != old?["status"]?["certificate"],
      let fault = certificateFault(certificate.text)
    {
      errors.invalid(certificate, showing: "<certificate data>", fault)
    }
  }

  private static func requestFault(_ text: String) -> String? {
    let bytes = (try? Base64.decode(text)) ?? []
    let pem = String(decoding: bytes, as: UTF8.self)
    guard
      pem.contains("-----BEGIN CERTIFICATE REQUEST-----")
        || pem.contains("-----BEGIN NEW CERTIFICATE REQUEST-----")
    else { return "PEM block type must be CERTIFICATE REQUEST" }
    do {
      let request = try CertificateRequest(pem: bytes)
      return request.isSignatureValid ? nil : "x509: signature verification failed"
    } catch {
      return "asn1: structure error: malformed certificate request"
    }
  }

  private static func certificateFault(_ text: String) -> String? {
    if text.isEmpty { return nil }
    let pem = String(decoding: (try? Base64.decode(text)) ?? [], as: UTF8.self)
    var blocks = 0
    var rest = pem[...]
    while let begin = rest.range(of: "-----BEGIN "), let end = rest[begin.upperBound...].range(of: "-----") {
      let type = rest[begin.upperBound..<end.lowerBound]
      if type != "CERTIFICATE" {
        return "only CERTIFICATE PEM blocks are allowed, found \(FieldError.quoted(String(type)))"
      }
      blocks += 1
      guard let close = rest[end.upperBound...].range(of: "-----END CERTIFICATE-----") else { break }
      rest = rest[close.upperBound...]
    }
    return blocks == 0 ? "must contain at least one CERTIFICATE PEM block" : nil
  }

  // MARK: - Conditions

  private static func conditions(_ field: Field, _ old: Value?, _ errors: inout Findings) {
    let before = (old?["status"]?["conditions"]?.array ?? []).map { $0["type"]?.string ?? "" }
    let hadBoth = before.contains("Approved") && before.contains("Denied")
    var seen: Set<String> = []
    for condition in field.elements {
      let (type, status) = (condition["type"], condition["status"])
      if !type.hasText, !before.contains("") { errors.required(type) }
      let isFinal = ["Approved", "Denied", "Failed"].contains(type.text)
      errors.requiredOneOf(status, isFinal ? ["True"] : ["False", "True", "Unknown"])
      if Set(before).count == before.count, !seen.insert(type.text).inserted {
        errors.duplicate(type, .string(type.text))
      }
      seen.insert(type.text)
      let isSecond =
        type.text == "Approved" && seen.contains("Denied")
        || type.text == "Denied" && seen.contains("Approved")
      if !hadBoth, isSecond {
        errors.invalid(
          field, showing: .string(type.text), "Approved and Denied conditions are mutually exclusive")
      }
    }
  }

  private static func printed(_ conditions: [Value]) -> Value {
    .array(conditions.map { GoStruct.value($0, as: "SigningRequestCondition") })
  }

  private static func update(
    _ new: Field, _ old: Value, settingApproval: Bool = false, settingCertificate: Bool = false,
    _ errors: inout Findings
  ) {
    Metadata.validate(
      new["metadata"], isNamespaced: false, name: NameRule { _, _ in [] }, checksFinalizers: true, &errors)
    whole(new, old, &errors)
    let field = new["status"]["conditions"]
    func count(_ type: String) -> (new: [Value], old: [Value]) {
      (
        (field.value?.array ?? []).filter { $0["type"]?.string == type },
        (old["status"]?["conditions"]?.array ?? []).filter { $0["type"]?.string == type }
      )
    }
    for type in ["Approved", "Denied", "Failed"] {
      let (now, then) = count(type)
      if now.count < then.count {
        errors.forbidden(field, "updates may not remove a condition of type \(FieldError.quoted(type))")
      }
    }
    if !settingApproval {
      for type in ["Approved", "Denied"] {
        let (now, then) = count(type)
        if now.count > then.count {
          errors.forbidden(field, "updates may not add a condition of type \(FieldError.quoted(type))")
        } else if now.count == then.count, now != then {
          let difference = GoStruct.difference(printed(then), printed(now))
          errors.forbidden(
            field, "updates may not modify a condition of type \(FieldError.quoted(type))\n\(difference)")
        }
      }
    }
    let (certificate, before) = (new["status"]["certificate"], old["status"]?["certificate"])
    if certificate.value != before {
      if !settingCertificate {
        errors.forbidden(certificate, "updates may not set certificate content")
      } else if before != nil {
        errors.forbidden(certificate, "updates may not modify existing certificate content")
      }
    }
    Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
  }
}

extension Substring {
  /// Where the text occurs first.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while let first = text.first, let found = self[start...].firstIndex(of: first) {
      if self[found...].hasPrefix(text) { return found..<index(found, offsetBy: text.count) }
      start = index(after: found)
    }
    return nil
  }
}
