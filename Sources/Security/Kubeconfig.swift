/// The kubeconfig file format (client.authentication and clientcmd v1 `Config`), to write only.
public enum Kubeconfig {
  /// How the user of a kubeconfig logs in.
  public enum Credential: Sendable {
    /// With a client certificate and its key, both PEM.
    case certificate(pem: String, keyPEM: String)
    /// With a bearer token.
    case token(String)
  }

  /// A kubeconfig with one cluster, one user and one context, which is the current one.
  ///
  /// - Parameters:
  ///   - server: the server's URL, such as `https://127.0.0.1:6443`.
  ///   - caPEM: the authority that the server's certificate is from.
  ///   - user: the name of the user's entry.
  ///   - namespace: the context's namespace; none when nil.
  /// - Returns: YAML; secret, as the credential is in it.
  public static func text(
    server: String, caPEM: String, user: String, credential: Credential, cluster: String = "kubernetes",
    namespace: String? = nil
  ) -> String {
    let context = scalar("\(user)@\(cluster)")
    var lines = [
      "apiVersion: v1",
      "kind: Config",
      "clusters:",
      "- name: \(scalar(cluster))",
      "  cluster:",
      "    certificate-authority-data: \(base64(caPEM))",
      "    server: \(scalar(server))",
      "contexts:",
      "- name: \(context)",
      "  context:",
      "    cluster: \(scalar(cluster))",
    ]
    if let namespace { lines.append("    namespace: \(scalar(namespace))") }
    lines += [
      "    user: \(scalar(user))",
      "current-context: \(context)",
      "users:",
      "- name: \(scalar(user))",
      "  user:",
    ]
    switch credential {
    case .certificate(let pem, let keyPEM):
      lines.append("    client-certificate-data: \(base64(pem))")
      lines.append("    client-key-data: \(base64(keyPEM))")
    case .token(let token):
      lines.append("    token: \(scalar(token))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func base64(_ text: String) -> String {
    BaseText.base64(Array(text.utf8))
  }

  /// The text as a YAML scalar: plain where nothing can be misread, else in double quotes.
  private static func scalar(_ text: String) -> String {
    let words: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    let isPlain =
      text.utf8.first.map(isLetter) == true && text.utf8.last != UInt8(ascii: ":")
      && text.utf8.allSatisfy { isLetter($0) || "0123456789-_./:@".utf8.contains($0) }
    if isPlain, !words.contains(text.lowercased()) { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\" + String(scalar)
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
        quoted += "\\x" + BaseText.hex([UInt8(scalar.value)])
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }
}
