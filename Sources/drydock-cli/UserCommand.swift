import ArgumentParser
import Glibc
import Security

/// `drydock user`: a client certificate signed by the server's authority.
struct UserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Make a client certificate and a kubeconfig for a user.",
    discussion: """
      Writes NAME.crt, NAME.key and NAME.kubeconfig, signed by the authority of the server's certificate \
      folder. What the user may do is up to RBAC: bind a role to the name or to one of the groups.
      """)

  @Argument(help: "The user's name.")
  var name: String

  @Option(name: .customLong("group"), help: "A group of the user; may be repeated.")
  var groups: [String] = []

  @Option(help: "The folder to write to.")
  var out = "."

  @Option(help: "The server's certificate folder.")
  var certDir = "certs"

  @Option(help: "The server's URL in the kubeconfig.")
  var server = "https://127.0.0.1:6443"

  @Option(help: "How many days the certificate is valid.")
  var days: Int64 = 365

  func validate() throws {
    let isFileName = !name.isEmpty && !name.contains("/") && name != "." && name != ".."
    guard isFileName else { throw ValidationError("the name must be usable as a file name") }
    guard (1...3650).contains(days) else { throw ValidationError("--days must be from 1 to 3650") }
  }

  func run() throws {
    let pki = try PKI.loadOrCreate(directory: certDir)
    let client = try pki.issueClient(name: name, groups: groups, days: days)
    let kubeconfig = Kubeconfig.text(
      server: server, caPEM: pki.authority.pem, user: name,
      credential: .certificate(pem: client.certificatePEM, keyPEM: client.keyPEM))
    try SecretFile.write(client.certificatePEM, to: "\(out)/\(name).crt")
    try SecretFile.write(client.keyPEM, to: "\(out)/\(name).key")
    try SecretFile.write(kubeconfig, to: "\(out)/\(name).kubeconfig")
    print("Wrote \(out)/\(name).crt, \(out)/\(name).key and \(out)/\(name).kubeconfig")
  }
}
