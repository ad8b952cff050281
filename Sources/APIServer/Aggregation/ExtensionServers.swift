import HTTPService
import NIOHTTP1
import Schema
import Security
import Store
import Synchronization
import Values
import Webhook

/// The servers behind APIServices with a Service, and the webhooks of custom resources: how they are found and
/// asked (Kubernetes documentation, "Kubernetes API Aggregation Layer").
public final class ExtensionServers: Sendable {
  /// How the server shows itself to extension servers.
  public struct Settings: Sendable {
    /// Finds the address of a Service.
    public var resolver: ServiceResolver
    /// `--proxy-client-cert-file` and `--proxy-client-key-file`; nil for no certificate.
    public var identity: TLSClientSettings.Identity?
    /// Makes a client.
    public var client: @Sendable (TLSClientSettings) throws -> any HTTPRequesting

    public init(
      resolver: ServiceResolver, identity: TLSClientSettings.Identity? = nil,
      client: @escaping @Sendable (TLSClientSettings) throws -> any HTTPRequesting = { tls in
        try HTTPClient(tls: tls)
      }
    ) {
      self.resolver = resolver
      self.identity = identity
      self.client = client
    }
  }

  /// An APIService with a Service behind it.
  public struct Target: Sendable, Equatable {
    public var name: String
    public var groupVersion: GroupVersion
    public var namespace: String
    public var service: String
    public var port: Int64
    public var caBundle: [UInt8]
    public var isInsecure: Bool
    public var groupPriority: Int64
    public var versionPriority: Int64
    public var isAvailable: Bool

    /// - Returns: nil for a local one.
    public init?(_ object: Value) {
      guard let spec = object["spec"], let service = spec["service"], !service.isNull else { return nil }
      name = object["metadata"]?["name"]?.string ?? ""
      groupVersion = GroupVersion(
        group: spec["group"]?.string ?? "", version: spec["version"]?.string ?? "")
      namespace = service["namespace"]?.string ?? ""
      self.service = service["name"]?.string ?? ""
      port = service["port"]?.int ?? 443
      caBundle = (try? Base64.decode(spec["caBundle"]?.string ?? "")) ?? []
      isInsecure = spec["insecureSkipTLSVerify"]?.bool ?? false
      groupPriority = spec["groupPriorityMinimum"]?.int ?? 0
      versionPriority = spec["versionPriority"]?.int ?? 0
      let conditions = object["status"]?["conditions"]?.array ?? []
      isAvailable = conditions.contains {
        $0["type"]?.string == "Available" && $0["status"]?.string == "True"
      }
    }

    /// The path of its discovery document.
    public var discoveryPath: String {
      groupVersion.group.isEmpty ? "/api/\(groupVersion.version)" : "/apis/\(groupVersion.apiVersion)"
    }
  }

  private struct ClientKey: Hashable {
    var caBundle: [UInt8]
    var isInsecure: Bool
    var serverName: String?
    /// Whether the server sees the proxy's certificate.
    var showsIdentity: Bool
  }

  private let store: ObjectStore
  private let settings: Settings?
  private let clients = Mutex<[ClientKey: any HTTPRequesting]>([:])
  private static let maximumClients = 64
  /// No answer of an extension server is longer.
  static let maximumAnswerBytes = 64 << 20

  init(store: ObjectStore, settings: Settings?) {
    self.store = store
    self.settings = settings
  }

  /// Who answers for a group and version that this server does not serve itself; nil where nobody does.
  public func target(for groupVersion: GroupVersion) -> Target? {
    guard !groupVersion.group.isEmpty, APIServicePriorities.builtIn(groupVersion) == nil else { return nil }
    let key = ObjectKey(namespace: "", name: "\(groupVersion.version).\(groupVersion.group)")
    return store.get(.apiServices, key).flatMap { Target($0.value) }
  }

  /// Sends a request to an extension server.
  /// - Parameters:
  ///   - target: path and query.
  ///   - verifies: false to believe any certificate, which is enough to see whether somebody is there.
  /// - Throws: 503 where the Service has no address.
  public func send(
    _ method: HTTPMethod, _ path: String, to server: Target, headers: HTTPHeaders, body: [UInt8] = [],
    timeout: Duration, verifies: Bool = true
  ) async throws -> ClientResponse {
    var (client, request) = try prepared(method, path, server, headers, timeout, verifies: verifies)
    request.body = body
    return try await client.send(request)
  }

  /// Sends a request to an extension server and gives the answer as soon as its head has come.
  /// - Parameter body: sent as it comes.
  /// - Throws: 503 where the Service has no address, HTTPClientError where nobody answers.
  func open(
    _ method: HTTPMethod, _ path: String, to server: Target, headers: HTTPHeaders, body: HTTPBody,
    timeout: Duration
  ) async throws -> ClientStream {
    let (client, request) = try prepared(method, path, server, headers, timeout, verifies: true)
    return try await client.open(request, body: body)
  }

  private func prepared(
    _ method: HTTPMethod, _ path: String, _ server: Target, _ headers: HTTPHeaders, _ timeout: Duration,
    verifies: Bool
  ) throws -> (any HTTPRequesting, ClientRequest) {
    guard let settings else { throw StatusError.unavailable("service unavailable") }
    let address: HTTPAddress
    do throws(ServiceResolver.Failure) {
      address = try settings.resolver.resolve(
        namespace: server.namespace, name: server.service, port: Int(clamping: server.port))
    } catch {
      throw StatusError.unavailable(error.description)
    }
    let host = "\(server.service).\(server.namespace).svc"
    var request = ClientRequest(
      method, "https://\(host):\(server.port)\(path)", headers: headers, timeout: timeout,
      maximumResponseBytes: Self.maximumAnswerBytes)
    request.connectTo = address
    let key = ClientKey(
      caBundle: server.caBundle, isInsecure: server.isInsecure || !verifies, serverName: host,
      showsIdentity: true)
    return (try client(key, settings), request)
  }

  /// Asks an extension server for its OpenAPI documents of a group version; what it hasn't got is left out.
  /// - Parameter headers: who asks.
  public func openAPI(of server: Target, headers: HTTPHeaders) async -> (hash: String?, swagger: Value) {
    func get(_ path: String) async -> Value {
      let reply = try? await send(
        .GET, path, to: server, headers: headers, timeout: .seconds(5), verifies: false)
      guard let reply, reply.status == 200 else { return .null }
      return (try? JSON.parse(reply.body)) ?? .null
    }
    return (
      ExtensionOpenAPI.hash(in: await get("/openapi/v3"), of: "apis/\(server.groupVersion.apiVersion)"),
      ExtensionOpenAPI.part(of: await get("/openapi/v2"), below: server.discoveryPath)
    )
  }

  /// Posts a document to a webhook.
  /// - Throws: StatusError and ServiceResolver.Failure where the Service has no address, HTTPClientError where
  ///   nobody answers.
  func post(_ document: Value, to config: WebhookClientConfig, timeout: Duration) async throws
    -> ClientResponse
  {
    guard let settings else { throw StatusError.unavailable("service unavailable") }
    var request = ClientRequest(
      .POST, config.url, headers: ["Content-Type": "application/json", "Accept": "application/json, */*"],
      body: JSON.encode(document), timeout: timeout, maximumResponseBytes: Self.maximumAnswerBytes)
    if let service = config.service {
      request.connectTo = try settings.resolver.resolve(
        namespace: service.namespace, name: service.name, port: service.port)
    }
    let key = ClientKey(
      caBundle: config.caBundle, isInsecure: false, serverName: config.service?.serverName,
      showsIdentity: false)
    return try await client(key, settings).send(request)
  }

  private func client(_ key: ClientKey, _ settings: Settings) throws -> any HTTPRequesting {
    if let made = clients.withLock({ $0[key] }) { return made }
    var trust = TLSClientConfiguration.Trust.system
    if key.isInsecure {
      trust = .anyone
    } else if !key.caBundle.isEmpty {
      trust = .authorities(try Certificate.parse(pem: key.caBundle))
    }
    let client = try settings.client(
      TLSClientSettings(
        trust: trust, identity: key.showsIdentity ? settings.identity : nil, serverName: key.serverName))
    return clients.withLock { clients in
      // Those that are no longer asked for go with the rest.
      if clients.count >= Self.maximumClients { clients.removeAll() }
      clients[key] = client
      return client
    }
  }
}

extension GroupResource {
  /// `apiservices.apiregistration.k8s.io`.
  public static let apiServices = GroupResource(group: "apiregistration.k8s.io", resource: "apiservices")

  static let pods = GroupResource(group: "", resource: "pods")
  static let endpoints = GroupResource(group: "", resource: "endpoints")
  static let endpointSlices = GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
}
