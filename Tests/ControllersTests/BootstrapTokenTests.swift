import Authentication
import Drydock
import Schema
import Security
import Testing
import Values

@testable import Controllers

struct BootstrapTokenTests {
  private func secret(_ id: String, expiration: String? = nil, signs: Bool = true) -> Value {
    var data: Value = [
      "token-id": .string(id), "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
    ]
    if signs { data["usage-bootstrap-signing"] = "true" }
    if let expiration { data["expiration"] = .string(expiration) }
    return [
      "metadata": ["name": .string("bootstrap-token-\(id)")], "type": "bootstrap.kubernetes.io/token",
      "stringData": data,
    ]
  }

  @Test func expiredTokensAreRemoved() async throws {
    try await Cluster.run({ $0.enablesBootstrapTokens = true }) { cluster in
      let soon = Timestamp.now.adding(seconds: 2).rfc3339
      let later = Timestamp.now.adding(seconds: 3600).rfc3339
      try await cluster.make(.secrets, secret("aaaaaa", expiration: soon), in: "kube-system")
      try await cluster.make(.secrets, secret("bbbbbb", expiration: later), in: "kube-system")
      try await cluster.make(.secrets, secret("cccccc"), in: "kube-system")
      try await cluster.make(.secrets, secret("dddddd", expiration: "never"), in: "kube-system")
      await cluster.isGone(.secrets, "bootstrap-token-dddddd", in: "kube-system")
      await cluster.isGone(.secrets, "bootstrap-token-aaaaaa", in: "kube-system")
      #expect(cluster.get(.secrets, "bootstrap-token-bbbbbb", in: "kube-system") != nil)
      #expect(cluster.get(.secrets, "bootstrap-token-cccccc", in: "kube-system") != nil)
    }
  }

  @Test func otherSecretsAreLeftAlone() async throws {
    try await Cluster.run({ $0.enablesBootstrapTokens = true }) { cluster in
      var plain = secret("aaaaaa", expiration: "2001-01-01T00:00:00Z")
      plain["type"] = "Opaque"
      try await cluster.make(.secrets, plain, in: "kube-system")
      try await cluster.make(.secrets, secret("bbbbbb", expiration: "2001-01-01T00:00:00Z"))
      await cluster.pause()
      #expect(cluster.get(.secrets, "bootstrap-token-aaaaaa", in: "kube-system") != nil)
      #expect(cluster.get(.secrets, "bootstrap-token-bbbbbb") != nil)
    }
  }

  @Test func clusterInfoIsSignedByEveryTokenThatIsForIt() async throws {
    try await Cluster.run({ $0.enablesBootstrapTokens = true }) { cluster in
      func data() -> Value? { cluster.get(.configMaps, "cluster-info", in: "kube-public")?["data"] }
      try await cluster.make(.secrets, secret("aaaaaa"), in: "kube-system")
      try await cluster.make(.secrets, secret("bbbbbb", signs: false), in: "kube-system")
      try await cluster.make(
        .configMaps,
        ["metadata": ["name": "cluster-info"], "data": ["kubeconfig": "k", "jws-kubeconfig-gone00": "x"]],
        in: "kube-public")
      await cluster.eventually { data()?["jws-kubeconfig-aaaaaa"] != nil }
      #expect(data()?["jws-kubeconfig-bbbbbb"] == nil)
      #expect(data()?["jws-kubeconfig-gone00"] == nil)
      let signature = try #require(data()?["jws-kubeconfig-aaaaaa"]?.string)
      // Header and payload in base64url, the payload left out of the result.
      let header = Base64.encode(
        Array(#"{"alg":"HS256","kid":"aaaaaa"}"#.utf8), alphabet: .url, padding: false)
      let digest = Digest.hmacSHA256(Array("\(header).aw".utf8), key: Array("0123456789abcdef".utf8))
      #expect(signature == "\(header)..\(Base64.encode(digest, alphabet: .url, padding: false))")
      try await cluster.client.delete(.secrets, namespace: "kube-system", name: "bootstrap-token-aaaaaa")
      await cluster.eventually { data()?["jws-kubeconfig-aaaaaa"] == nil }
      #expect(data()?["kubeconfig"] == "k")
    }
  }
}
