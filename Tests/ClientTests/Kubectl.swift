import TestSupport
import Testing
import Values

/// kubectl, talking to a test's server as its administrator.
struct Kubectl: Sendable {
  let version: String
  let server: TestServer
  let folder: TemporaryFolder
  /// Added to every command, such as `--namespace`.
  var options: [String] = []

  /// - Parameter server: the shared one where none is given.
  init(_ version: String, server: TestServer? = nil) async throws {
    self.version = version
    if let server { self.server = server } else { self.server = try await SharedServer.get() }
    folder = try TemporaryFolder()
    try folder.write(self.server.drydock.adminKubeconfig, to: "kubeconfig")
  }

  /// The same, in a new namespace.
  /// - Parameter name: of the namespace; the version is added to it.
  static func inNamespace(_ name: String, _ version: String) async throws -> Kubectl {
    var kubectl = try await Kubectl(version)
    let namespace = "\(name)-\(version.replacing(".", with: "-"))"
    try await kubectl.succeeds("create", "namespace", namespace)
    kubectl.options = ["--namespace", namespace]
    return kubectl
  }

  var namespace: String { options.last ?? "default" }

  private var environment: [String: String] {
    // Discovery is cached here, so that it is fetched once for each version and server.
    ["HOME": Repository.cache("home-\(version)"), "KUBECONFIG": "\(folder.path)/kubeconfig", "EDITOR": ""]
  }

  /// Starts a command.
  func start(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], timeout: Int = 60
  ) throws -> Command {
    // What follows `--` is not kubectl's.
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return try Command(
      Clients.kubectl(version), arguments[..<end] + options + arguments[end...],
      environment: self.environment.merging(environment) { $1 },
      input: input, timeout: timeout)
  }

  /// Runs a command to its end.
  func run(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) async throws -> CommandResult {
    try await start(arguments, input: input, environment: environment).result()
  }

  /// Runs a command that is expected to succeed.
  /// - Returns: its standard output.
  @discardableResult
  func succeeds(
    _ arguments: String..., input: String = "", environment: [String: String] = [:],
    at location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let result = try await start(arguments, input: input, environment: environment).result()
    #expect(
      result.status == 0, "kubectl \(arguments.joined(separator: " ")): \(result)", sourceLocation: location)
    return result.output
  }

  /// Runs a command that is expected to fail.
  /// - Returns: its standard error.
  @discardableResult
  func fails(
    _ arguments: String..., input: String = "", at location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let result = try await start(arguments, input: input).result()
    #expect(
      result.status == 1, "kubectl \(arguments.joined(separator: " ")): \(result)", sourceLocation: location)
    return result.error
  }

  /// What `get --output json` prints.
  func json(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> Value {
    let result = try await start(["get"] + arguments + ["--output", "json"]).result()
    #expect(result.status == 0, "kubectl get \(arguments): \(result)", sourceLocation: location)
    return try JSON.parse(result.output)
  }
}

/// A deployment for tests.
func deployment(_ name: String, replicas: Int = 2, image: String = "web:1") -> String {
  """
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: \(name)
    labels: {app: \(name)}
  spec:
    replicas: \(replicas)
    selector:
      matchLabels: {app: \(name)}
    template:
      metadata:
        labels: {app: \(name)}
      spec:
        containers:
        - name: web
          image: \(image)
          ports:
          - containerPort: 8080
  """
}
