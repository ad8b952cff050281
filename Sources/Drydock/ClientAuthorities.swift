import Authentication
import Logging
import Security

/// The authorities whose client certificates the server accepts. Their files may change while it runs: a
/// changed file counts within seconds, a bad one leaves the old authorities in place.
struct ClientAuthorities: Sendable {
  /// Authorities, as trust and as text.
  struct Bundle: Sendable {
    var trust: ClientTrust
    /// PEM, as it is published.
    var pem: String

    init(_ roots: [Certificate]) throws {
      trust = ClientTrust(try CertificateVerifier(roots: roots))
      pem = roots.map(\.pem).joined()
    }
  }

  /// Whose certificates name users: the server's own authority and those of `--client-ca-file`.
  let clients: @Sendable () -> Bundle
  /// Whose certificates make a front proxy: `--requestheader-client-ca-file`.
  let proxies: (@Sendable () -> Bundle)?

  init(_ configuration: DrydockConfiguration, own: Certificate, logger: Logger) throws {
    if let file = configuration.clientCAFile {
      clients = try Self.bundle(file, flag: "--client-ca-file", and: [own], logger)
    } else {
      let fixed = try Bundle([own])
      clients = { fixed }
    }
    proxies = try configuration.requestHeader.map {
      try Self.bundle($0.clientCAFile, flag: "--requestheader-client-ca-file", and: [], logger)
    }
  }

  private static func bundle(
    _ file: String, flag: String, and others: [Certificate], _ logger: Logger
  ) throws -> @Sendable () -> Bundle {
    let reloading = try Reloading(
      paths: [file],
      load: { try Bundle(others + Certificate.parse(pem: try Files.read(file, flag: flag))) },
      onReload: { result in
        switch result {
        case .success: logger.info("Loaded a new CA bundle", metadata: ["file": "\(file)"])
        case .failure(let error): logger.error("\(error)", metadata: ["file": "\(file)"])
        }
      })
    return { reloading.current }
  }
}
