import Schema
import Values

/// Names of certificate signers (KEP-1513): a domain and a path.
enum SignerNames {
  static func validate(_ field: Field, _ errors: inout Findings) {
    guard field.hasText else {
      errors.required(field)
      return
    }
    let parts = field.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      errors.invalid(field, "must be a fully qualified domain and path of the form 'example.com/signer-name'")
      return
    }
    for message in Names.dns1123Subdomain(parts[0]) {
      errors.invalid(
        field, showing: .string(parts[0]), "validating label \(FieldError.quoted(parts[0])): \(message)")
    }
    if parts[0].split(separator: ".").count < 2 {
      errors.invalid(field, "should be a domain with at least two segments separated by dots")
    }
    for message in Names.dns1123Subdomain(parts[1]) {
      errors.invalid(
        field, showing: .string(parts[1]), "validating label \(FieldError.quoted(parts[1])): \(message)")
    }
    if field.text.utf8.count > 253 + 1 + 63 { errors.tooLong(field, maximum: 253 + 1 + 63) }
  }

  /// The name of a ClusterTrustBundle: a subdomain, behind the signer's name and a colon if it has a signer.
  static func bundle(_ name: String) -> [String] {
    guard let colon = name.lastIndex(of: ":") else { return Names.dns1123Subdomain(name) }
    return Names.dns1123Subdomain(String(name[name.index(after: colon)...]))
  }
}
