import APIServer
import Admission
import Authentication
import Authorization
import HTTPService
import NIOHTTP1
import Schema
import Store
import Values

/// A server in this process that is asked without a socket, over a store with the namespaces `default` and
/// `kube-system` and the account `default`. Nothing runs behind it: no controllers.
struct TestAPI: Sendable {
  let server: APIServer
  let store: ObjectStore

  /// Who asks is said by the header `X-Test-User`: a name and groups, separated by commas. Without the header
  /// it is `admin`; `nobody` shows a credential that is no good.
  struct TestAuthenticator: RequestAuthenticator {
    func authenticate(
      _ request: AuthenticationRequest, _ notes: inout AuthenticationNotes
    ) async throws(AuthenticationError) -> AuthenticationResult? {
      let names = (request.headers["X-Test-User"] ?? "admin").split(separator: ",").map(String.init)
      if names == ["nobody"] { throw AuthenticationError("unknown") }
      if names == ["anonymous"] {
        return AuthenticationResult(
          user: UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"]), authenticator: "test")
      }
      return AuthenticationResult(
        user: UserInfo(name: names.first ?? "", groups: Array(names.dropFirst()) + ["system:authenticated"]),
        authenticator: "test")
    }
  }

  /// Lets `admin` and masters pass; others get what is granted as `user verb resource`, `user verb
  /// resource/subresource` or `user verb /path`.
  struct Grants: Authorizer, RuleResolver {
    var granted: Set<String>

    func authorize(_ asked: AuthorizationAttributes) async -> AuthorizationDecision {
      let resource = asked.subresource.isEmpty ? asked.resource : "\(asked.resource)/\(asked.subresource)"
      let isAllowed =
        asked.user.name == "admin" || asked.user.groups.contains("system:masters")
        || granted.contains(
          "\(asked.user.name) \(asked.verb) \(asked.isResourceRequest ? resource : asked.path)")
      return AuthorizationDecision(isAllowed ? .allow : .noOpinion, authorizer: "Grants")
    }

    func rules(for user: UserInfo, namespace: String) async -> RuleResolution { RuleResolution() }
  }

  /// - Parameters:
  ///   - grants: what users other than `admin` may do.
  ///   - plugins: admission plugins besides the usual ones, at the end of the chain.
  init(
    grants: Set<String> = [], plugins: [any AdmissionPlugin] = [], store: ObjectStore = ObjectStore(),
    configure: (inout APIServer.Components) -> Void = { _ in }
  ) throws {
    self.store = store
    let authorizer = Grants(granted: grants)
    let table =
      AdmissionPlugins.all
      + plugins.map { plugin in .init(name: plugin.name, isDefault: true) { _ in plugin } }
    var components = APIServer.Components(
      store: store, authenticator: TestAuthenticator(), authorizer: authorizer, rules: authorizer,
      index: RBACIndex(store: store),
      admission: try AdmissionPlugins.chain(
        of: table, enabled: [], disabled: [], .init(store: store, authorizer: authorizer)),
      apiAudiences: ["api"], tokenIssuer: { nil }, issuerDocuments: { nil }, health: HealthChecks(),
      serverAddress: { "127.0.0.1:6443" },
      serviceAddresses: ServiceAddresses(
        ranges: try ServiceAddresses.ranges("10.0.0.0/29"), nodePorts: 30000...30003))
    configure(&components)
    server = APIServer(components)
    for name in ["default", "kube-system"] {
      put("namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
    }
    put(
      "serviceaccounts",
      [
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": ["name": "default", "namespace": "default"],
      ])
  }

  /// Puts an object into the store as it is.
  func put(_ resource: String, group: String = "", _ object: Value) {
    let metadata = object["metadata"]
    let key = ObjectKey(
      namespace: metadata?["namespace"]?.string ?? "", name: metadata?["name"]?.string ?? "")
    _ = try? store.create(GroupResource(group: group, resource: resource), key, object)
  }

  // MARK: - Asking

  /// Sends a request and waits for its answer.
  func ask(
    _ method: String, _ target: String, _ headers: [(String, String)] = [], bytes: [UInt8] = [],
    version: HTTPVersion = .http1_1
  ) async -> Reply {
    guard let request = Self.request(method, target, headers, bytes: bytes, version: version) else {
      return Reply(HTTPResponse(status: 0))
    }
    return Reply(await server.respond(to: request))
  }

  static func request(
    _ method: String, _ target: String, _ headers: [(String, String)] = [], bytes: [UInt8] = [],
    version: HTTPVersion = .http1_1
  ) -> HTTPRequest? {
    HTTPRequest(
      method: method, target: target, version: version, headers: HTTPHeaders(headers),
      body: HTTPBody(bytes: bytes))
  }

  func get(_ target: String, _ headers: [(String, String)] = []) async -> Reply {
    await ask("GET", target, headers)
  }

  /// Sends a JSON body.
  func send(
    _ method: String, _ target: String, _ body: Value, type: String = "application/json",
    _ headers: [(String, String)] = []
  ) async -> Reply {
    await ask(method, target, headers + [("Content-Type", type)], bytes: JSON.encode(body))
  }

  func create(_ target: String, _ body: Value) async -> Reply { await send("POST", target, body) }

  func update(_ target: String, _ body: Value) async -> Reply { await send("PUT", target, body) }

  func merge(_ target: String, _ patch: Value) async -> Reply {
    await send("PATCH", target, patch, type: "application/merge-patch+json")
  }

  func apply(_ target: String, _ applied: Value) async -> Reply {
    await send("PATCH", target, applied, type: "application/apply-patch+yaml")
  }

  func delete(_ target: String, _ options: Value? = nil) async -> Reply {
    if let options { return await send("DELETE", target, options) }
    return await ask("DELETE", target)
  }
}

/// An answer, with its body read.
struct Reply: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let bytes: [UInt8]
  private let body: HTTPResponseBody

  init(_ response: HTTPResponse) {
    status = response.status
    headers = response.headers
    body = response.body
    switch response.body {
    case .bytes(let bytes): self.bytes = bytes
    case .buffer(let buffer): bytes = Array(buffer.readableBytesView)
    default: bytes = []
    }
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
  var json: Value { (try? JSON.parse(bytes)) ?? .null }
  var message: String { json["message"]?.string ?? "" }
  var reason: String { json["reason"]?.string ?? "" }
  /// The names of a list's items.
  var names: [String] { (json["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string } }
  var resourceVersion: String { json["metadata"]?["resourceVersion"]?.string ?? "" }
  var continueToken: String? { json["metadata"]?["continue"]?.string }
  var warnings: [String] { headers["Warning"] }

  subscript(header name: String) -> String? { headers.first(name: name) }

  /// What writes the body of a watch; nil for any other answer.
  var stream: (@Sendable (HTTPBodyWriter) async throws -> Void)? {
    if case .stream(let produce) = body { return produce }
    return nil
  }
}

/// The smallest objects of some kinds.
enum Example {
  static func configMap(_ name: String, data: Value? = nil, labels: Value? = nil) -> Value {
    var object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]]
    object["data"] = data
    object["metadata"]?["labels"] = labels
    return object
  }

  static func pod(_ name: String, node: String? = nil) -> Value {
    var spec: Value = ["containers": [["name": "c", "image": "example.com/c"]]]
    if let node { spec["nodeName"] = .string(node) }
    return ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)], "spec": spec]
  }

  static func deployment(_ name: String, replicas: Int64 = 1) -> Value {
    [
      "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
      "spec": [
        "replicas": .int(replicas), "selector": ["matchLabels": ["app": "a"]],
        "template": [
          "metadata": ["labels": ["app": "a"]],
          "spec": ["containers": [["name": "c", "image": "example.com/c"]]],
        ],
      ],
    ]
  }

  static func service(_ name: String, _ spec: Value) -> Value {
    ["apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)], "spec": spec]
  }
}
