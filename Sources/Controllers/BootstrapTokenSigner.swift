import APIServer
import Authentication
import Schema
import Security
import Store
import Values

/// Signs the config map `kube-public/cluster-info` with every bootstrap token that is for it, so that new nodes
/// can believe what it says of the cluster (Kubernetes documentation, "ConfigMap Signing", controller
/// `bootstrapsigner`). The config map itself is made by whoever sets a cluster up.
public struct BootstrapTokenSigner: Reconciler {
  static let configMap = ObjectKey(namespace: "kube-public", name: "cluster-info")
  static let signaturePrefix = "jws-kubeconfig-"

  public let name = "bootstrap-signer-controller"
  private let client: LoopbackClient
  private let now: @Sendable () -> Timestamp

  public init(client: LoopbackClient, now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.client = client
    self.now = now
  }

  public func keys(for change: StoreChange) -> [String] {
    switch change.resource {
    case .configMaps: change.object.key == Self.configMap && change.kind != .deleted ? initialKeys() : []
    case .secrets:
      change.object.key.namespace == BootstrapToken.namespace && BootstrapToken(change.object.value) != nil
        ? initialKeys() : []
    default: []
    }
  }

  public func initialKeys() -> [String] { [Self.configMap.name] }

  public func reconcile(_ name: String) async throws {
    let key = Self.configMap
    guard client.get(.configMaps, namespace: key.namespace, name: key.name) != nil else { return }
    let tokens = client.store.list(.secrets, namespace: BootstrapToken.namespace)
      .compactMap { secret in BootstrapToken(secret.value).map { (secret.key.name, $0) } }
      .filter { name, token in
        token.isForSigning && !token.isBeingDeleted && !token.isExpired(at: now()) && !token.secret.isEmpty
          && name == BootstrapToken.secretNamePrefix + token.id
      }.map(\.1)
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.configMaps, namespace: key.namespace, name: key.name) { object in
        guard let content = object["data"]?["kubeconfig"]?.string else { return nil }
        var data = object["data"]?.object ?? Object()
        let old = data
        for entry in data.keys where entry.utf8.starts(with: Self.signaturePrefix.utf8) { data[entry] = nil }
        for token in tokens {
          data[Self.signaturePrefix + token.id] = .string(Self.signature(content, token))
        }
        guard Set(data.keys) != Set(old.keys) || data.keys.contains(where: { data[$0] != old[$0] }) else {
          return nil
        }
        var object = object
        object["data"] = .object(data)
        return object
      }
    }
  }

  /// A JWS without its payload, which is the config map's own (RFC 7515, appendix F).
  static func signature(_ content: String, _ token: BootstrapToken) -> String {
    func text(_ bytes: [UInt8]) -> String { Base64.encode(bytes, alphabet: .url, padding: false) }
    let header = text(Array(JSON.text(["alg": "HS256", "kid": .string(token.id)]).utf8))
    let signed = "\(header).\(text(Array(content.utf8)))"
    return "\(header)..\(text(Digest.hmacSHA256(Array(signed.utf8), key: token.secret)))"
  }
}
