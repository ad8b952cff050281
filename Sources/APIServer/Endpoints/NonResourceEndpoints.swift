import HTTPService
import Schema
import Security
import Values

/// Everything that is not below a group version: discovery, OpenAPI, health, version, metrics and the
/// service account issuer's documents.
struct NonResourceEndpoints: Sendable {
  let health: HealthEndpoints
  let metrics: ServerMetrics
  let debugging: DebuggingEndpoints
  let why: WhyEndpoint
  let issuer: @Sendable () async -> IssuerDocuments?
  /// `host:port`, as discovery names the server.
  let serverAddress: @Sendable () -> String

  /// What a relying party reads of the service account issuer (OpenID Connect Discovery 1.0).
  struct IssuerDocuments: Sendable {
    var configuration: Value
    var keys: Value
  }

  func route(_ context: RequestContext) async throws(StatusError) -> HTTPResponse {
    if let answer = health.route(context) { return answer }
    if let answer = try await debugging.route(context) { return answer }
    let discovery = DiscoveryEndpoints(context: context, serverAddress: serverAddress())
    if let answer = try discovery.route() { return answer }
    if let answer = try OpenAPIEndpoints(context: context).route() { return answer }
    if let answer = try await why.route(context) { return answer }
    if context.info.path == "/metrics" { return measured(context) }
    if let answer = try await routed(context) { return answer }
    return Router.pageNotFound(context)
  }

  private func measured(_ context: RequestContext) -> HTTPResponse {
    let format = MetricsFormat.accepted(context.http.headers["Accept"].joined(separator: ","))
    return Answer(context: context).response(
      Array(metrics.registry.text(format).utf8), code: 200, contentType: format.contentType)
  }

  /// The documents that the real server's router keeps: they can only be read, in one media type, and below
  /// them there is nothing.
  private func routed(_ context: RequestContext) async throws(StatusError) -> HTTPResponse? {
    let path = context.info.path
    for (root, type) in Self.documents where path == root || path.hasPrefix("\(root)/") {
      guard path == root || path == "\(root)/" else { throw .pathNotFound }
      guard context.http.method == "GET" else { throw .methodNotAllowed }
      let answer = Answer(context: context)
      if root == "/version" {
        try OutputFormat.checkRoute(context, produces: [type])
        return answer.encode(Version.info, code: 200, format: .plainJSON)
      }
      guard let documents = await issuer() else { return nil }
      try OutputFormat.checkRoute(context, produces: [type])
      return published(root == "/openid/v1/jwks" ? documents.keys : documents.configuration, type, answer)
    }
    return nil
  }

  private static let documents = [
    ("/version", "application/json"), ("/.well-known/openid-configuration", "application/json"),
    ("/openid/v1/jwks", "application/jwk-set+json"),
  ]

  private func published(_ document: Value, _ type: String, _ answer: Answer) -> HTTPResponse {
    var response = answer.response(JSON.encode(document), code: 200, contentType: type)
    response.headers.replaceOrAdd(name: "Cache-Control", value: "public, max-age=3600")
    return response
  }
}

/// What `/version` says (version.Info).
public enum Version {
  /// The Kubernetes version whose API is served.
  public static let kubernetes = "v1.36.0"
  /// The version of Drydock itself.
  public static let drydock = "0.1.0"

  static let info: Value = [
    "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
    "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": .string(kubernetes),
    "gitCommit": .string("drydock-\(drydock)"), "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "swift", "compiler": "swift", "platform": .string(platform),
  ]

  private static var platform: String {
    #if arch(x86_64)
      "linux/amd64"
    #elseif arch(arm64)
      "linux/arm64"
    #else
      "linux/unknown"
    #endif
  }
}
