import Schema
import Security
import Values

/// Warnings about certificates and keys that do not belong together (crypto/tls, X509KeyPair).
enum SecretWarnings {
  static func secret(_ secret: Field, _ warnings: inout [String]) {
    guard secret["type"].text == "kubernetes.io/tls" else { return }
    let data = secret["data"]
    let certificate = (try? Base64.decode(data.key("tls.crt").text)) ?? []
    let key = (try? Base64.decode(data.key("tls.key").text)) ?? []
    if let text = fault(certificate, key) { warnings.append(text) }
  }

  private static func fault(_ certificate: [UInt8], _ key: [UInt8]) -> String? {
    let labels = PEM.blocks(certificate).map(\.label)
    guard labels.contains("CERTIFICATE") else {
      guard !labels.isEmpty else { return "tls: failed to find any PEM data in certificate input" }
      if labels.count == 1, labels[0].hasSuffix("PRIVATE KEY") {
        return "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
          + "PEM inputs may have been switched"
      }
      return
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of "
        + "the following types: [\(labels.joined(separator: " "))]"
    }
    let kinds = PEM.blocks(key).map(\.label)
    guard kinds.contains(where: { $0.hasSuffix("PRIVATE KEY") }) else {
      guard !kinds.isEmpty else { return "tls: failed to find any PEM data in key input" }
      if kinds.count == 1, kinds[0] == "CERTIFICATE" {
        return "tls: found a certificate rather than a key in the PEM for the private key"
      }
      return "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping "
        + "PEM blocks of the following types: [\(kinds.joined(separator: " "))]"
    }
    guard let leaf = try? Certificate.parse(pem: certificate).first else {
      return "x509: malformed certificate"
    }
    guard let pair = try? PrivateKey(pem: key) else { return "tls: failed to parse private key" }
    return pair.publicKey == leaf.publicKey ? nil : "tls: private key does not match public key"
  }
}
