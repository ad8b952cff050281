import ArgumentParser
import Drydock
import Glibc
import Logging

/// `drydock serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run the API server until it is interrupted.",
    discussion: """
      Flags have the names and meanings of kube-apiserver's. Once the server is ready it prints one line to \
      standard output. Without flags it listens on https://127.0.0.1:6443 and keeps its keys and \
      certificates in the folder certs.
      """)

  @OptionGroup(title: "Serving") var serving: ServingOptions
  @OptionGroup(title: "Authentication") var authentication: AuthenticationOptions
  @OptionGroup(title: "Front proxy") var frontProxy: FrontProxyOptions
  @OptionGroup(title: "OpenID Connect") var oidc: OIDCOptions
  @OptionGroup(title: "Token webhook") var tokenWebhook: TokenWebhookOptions
  @OptionGroup(title: "Authorization") var authorization: AuthorizationOptions
  @OptionGroup(title: "Admission") var access: AccessOptions
  @OptionGroup(title: "Requests and services") var requests: RequestOptions
  @OptionGroup(title: "Audit") var audit: AuditOptions
  @OptionGroup(title: "Logs") var logs: LogOptions
  @OptionGroup(title: "Tracing") var tracing: TracingOptions

  @Option(help: "A YAML file with the same settings, flag names as keys. Flags on the command line win.")
  var config: String?

  func run() async throws {
    if let config {
      let own = KubeFlags.normalized(Array(CommandLine.arguments.dropFirst(2)), warns: false)
      let arguments = try ConfigFile.arguments(config, without: KubeFlags.names(own)) + own
      guard var merged = try DrydockCommand.parseAsRoot(["serve"] + arguments) as? ServeCommand else {
        return
      }
      merged.config = nil
      return try await merged.serve(arguments)
    }
    try await serve(KubeFlags.normalized(Array(CommandLine.arguments.dropFirst(2)), warns: false))
  }

  /// - Parameter arguments: the flags that were given, as `/flagz` shows them.
  private func serve(_ arguments: [String]) async throws {
    var settings = DrydockConfiguration()
    settings.flags = { FlagReference.values(arguments) }
    try serving.apply(to: &settings)
    try authentication.apply(to: &settings)
    try frontProxy.apply(to: &settings)
    try oidc.apply(to: &settings)
    try tokenWebhook.apply(to: &settings)
    try authorization.apply(to: &settings)
    try access.apply(to: &settings)
    try requests.apply(to: &settings)
    try audit.apply(to: &settings)
    try logs.apply(to: &settings)
    try tracing.apply(to: &settings)
    let signals = SignalWaiter()
    let started = ContinuousClock.now
    let server = try await Drydock.start(settings, logger: try logs.logger(settings.verbosity))
    let elapsed = started.duration(to: .now)
    let milliseconds = Int(
      elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000)
    StandardStreams.print(
      "Serving \(server.url) (ready in \(milliseconds) ms), kubeconfig \(server.adminKubeconfigFile)")
    await signals.wait()
    await server.stop()
    // As on failure: a key may still be in the making.
    _exit(0)
  }
}
