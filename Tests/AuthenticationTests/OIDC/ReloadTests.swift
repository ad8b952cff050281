import Authentication
import Logging
import Metrics
import Synchronization
import Testing
import Values

@Suite("Reloading the AuthenticationConfiguration")
struct ReloadTests {
  let key = Provider.Key.usual

  /// A file, and what is logged.
  private final class File: Sendable {
    let content: Mutex<[UInt8]?>
    let log = LogLines()
    let metrics = MetricsRegistry()

    init(_ text: String) { content = Mutex(Array(text.utf8)) }

    func set(_ text: String?) { content.withLock { $0 = text.map { Array($0.utf8) } } }

    func read() throws -> [UInt8] {
      guard let content = content.withLock({ $0 }) else { throw AuthenticationConfigurationError("no file") }
      return content
    }
  }

  private static func text(_ issuer: String, prefix: String = "", rest: String = "") -> String {
    """
    apiVersion: apiserver.config.k8s.io/v1
    kind: AuthenticationConfiguration
    jwt:
    - issuer: {url: "\(issuer)", audiences: [kubernetes]}
      claimMappings: {username: {claim: preferred_username, prefix: "\(prefix)"}}
    \(rest)
    """
  }

  private func start(
    _ provider: Provider, _ file: File
  ) async throws -> (JWTAuthenticators, AuthenticationConfigurationReloader) {
    let clock = Clock()
    let content = try file.read()
    let configuration = try AuthenticationConfiguration(bytes: content)
    let validator = AuthenticationConfigurationValidator(disallowedIssuers: ["https://own.example.com"])
    let authenticators = try JWTAuthenticators(
      configuration,
      settings: .init(validator: validator, now: { clock.now }, retryInterval: .milliseconds(5)),
      grace: .zero
    ) { _ in OIDCConnection(client: provider) }
    for _ in 0..<2000 where !authenticators.healthErrors.isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    let reloader = AuthenticationConfigurationReloader(
      authenticators, content: content, configuration: configuration, validator: validator,
      logger: file.log.logger, metrics: AuthenticationMetrics(registry: file.metrics),
      healthLimit: .milliseconds(200)
    ) { try file.read() }
    return (authenticators, reloader)
  }

  @Test("good files replace the authenticators, bad ones are logged")
  func reload() async throws {
    let provider = Provider(keys: [key])
    let file = File(Self.text(provider.url))
    let (authenticators, reloader) = try await start(provider, file)
    func name() async throws -> String? {
      var notes = AuthenticationNotes()
      let token = try provider.token(key: key)
      return try await authenticators.authenticate(token: token, audiences: nil, &notes)?.user.name
    }
    #expect(await reloader.reloadIfChanged() == .unchanged)
    #expect(try await name() == "jane")
    file.set(Self.text(provider.url, prefix: "new:"))
    #expect(await reloader.reloadIfChanged() == .reloaded)
    #expect(try await name() == "new:jane")
    #expect(file.log.lines == ["info: reloaded authentication config"])

    for (text, reason) in [
      ("kind: [", "failed to load authentication config: "),
      (Self.text("http://a"), "failed to validate authentication config: jwt[0].issuer.url: Invalid value"),
      (
        Self.text("https://own.example.com"),
        "failed to validate authentication config: jwt[0].issuer.url: Invalid value"
      ),
      (
        Self.text(provider.url, rest: "anonymous: {enabled: true}"),
        "failed to validate authentication config: anonymous: Forbidden: changed from initial configuration file"
      ),
    ] {
      file.set(text)
      #expect(await reloader.reloadIfChanged() == .refused)
      #expect(file.log.lines.last?.hasPrefix("error: \(reason)") == true, "\(file.log.lines)")
      #expect(await reloader.reloadIfChanged() == .unchanged, "a bad file is told once")
      #expect(try await name() == "new:jane")
    }
    file.set(nil)
    #expect(await reloader.reloadIfChanged() == .failed)
    #expect(file.log.lines.last == "error: failed to read authentication config file: no file")
    file.set(Self.text("https://silent.example.com"))
    #expect(await reloader.reloadIfChanged() == .failed, "the new issuer does not answer")
    #expect(
      file.log.lines.last?.hasPrefix(
        "error: failed to update authentication config: oidc: authenticator for issuer "
          + "\"https://silent.example.com\" is not healthy") == true)
    #expect(try await name() == "new:jane")
    file.set("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n")
    #expect(await reloader.reloadIfChanged() == .reloaded)
    #expect(try await name() == nil, "no issuers are fine")
    let text = file.metrics.text(.prometheus)
    let prefix = "\napiserver_authentication_config_controller_"
    for line in [
      "automatic_reloads_total{status=\"failure\",apiserver_id_hash=\"\"} 6",
      "automatic_reloads_total{status=\"success\",apiserver_id_hash=\"\"} 2",
      "automatic_reload_last_timestamp_seconds{status=\"success\",apiserver_id_hash=\"\"} ",
      "last_config_info{apiserver_id_hash=\"\",hash=\"sha256:",
    ] {
      #expect(text.contains(prefix + line), "\(line)")
    }
  }

  @Test("a reloader notices by itself")
  func follows() async throws {
    let provider = Provider(keys: [key])
    let file = File(Self.text(provider.url))
    let (authenticators, reloader) = try await start(provider, file)
    let task = Task { await reloader.run() }
    file.set(Self.text(provider.url, prefix: "new:"))
    var notes = AuthenticationNotes()
    let token = try provider.token(key: key)
    var name: String?
    for _ in 0..<2000 where name != "new:jane" {
      name = try await authenticators.authenticate(token: token, audiences: nil, &notes)?.user.name
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(name == "new:jane")
    task.cancel()
    await task.value
  }
}

/// Gathers what is logged.
final class LogLines: Sendable {
  private let all = Mutex<[String]>([])

  var lines: [String] { all.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { [self] _ in Handler(lines: self) }
  }

  private struct Handler: LogHandler {
    var lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.all.withLock { $0.append("\(event.level): \(event.message)") }
    }
  }
}
