import ArgumentParser
import Drydock

/// Flags about listening and TLS.
struct ServingOptions: ParsableArguments {
  @Option(help: "The address to listen on.")
  var bindAddress = "127.0.0.1"

  @Option(help: "The port to listen on; 0 takes a free one.")
  var securePort = 6443

  @Option(help: "The folder in which keys and certificates are kept that the server makes itself.")
  var certDir = "certs"

  @Option(help: "The serving certificate, with its chain, in PEM.")
  var tlsCertFile: String?

  @Option(help: "The key of --tls-cert-file, in PEM.")
  var tlsPrivateKeyFile: String?

  @Option(
    help: ArgumentHelp(
      "A certificate and its key for certain server names; may be repeated.",
      valueName: "cert,key[:name,…]"))
  var tlsSniCertKey: [String] = []

  @Option(
    help: "Authorities whose client certificates are accepted besides those of the server's own, in PEM.")
  var clientCaFile: String?

  @Option(help: "The lowest TLS version: VersionTLS12 or VersionTLS13.")
  var tlsMinVersion = "VersionTLS12"

  @Option(help: "Cipher suites by IANA name, comma-separated.")
  var tlsCipherSuites: [String] = []

  func apply(to settings: inout DrydockConfiguration) throws {
    guard (0...65535).contains(securePort) else {
      throw ValidationError("--secure-port must be from 0 to 65535")
    }
    settings.bindAddress = bindAddress
    settings.securePort = securePort
    settings.certDirectory = certDir
    switch (tlsCertFile, tlsPrivateKeyFile) {
    case (let certificate?, let key?):
      settings.servingCertificate = .init(certificateFile: certificate, keyFile: key)
    case (nil, nil): break
    default: throw ValidationError("--tls-cert-file and --tls-private-key-file must be given together")
    }
    settings.sniCertificates = try tlsSniCertKey.map(Self.sni)
    settings.clientCAFile = clientCaFile
    settings.tlsMinVersion = tlsMinVersion
    settings.tlsCipherSuites = Lists.split(tlsCipherSuites)
  }

  private static func sni(_ text: String) throws -> DrydockConfiguration.NamedCertificate {
    let parts = text.split(separator: ":", maxSplits: 1)
    let files = (parts.first ?? "").split(separator: ",")
    guard files.count == 2 else { throw ValidationError("--tls-sni-cert-key: expected cert,key[:names]") }
    let names = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : []
    return .init(certificateFile: String(files[0]), keyFile: String(files[1]), names: names)
  }
}

/// Flags that hold several values, comma-separated or repeated.
enum Lists {
  static func split(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",") }.map(String.init)
  }
}
