@testable import APIServer
import Authentication
import Schema
import Testing
import Values

struct TokenTests {
  private func tokenSecret(_ name: String, account: String, uid: String? = nil) -> Value {
    var annotations: Value = ["kubernetes.io/service-account.name": .string(account)]
    if let uid { annotations["kubernetes.io/service-account.uid"] = .string(uid) }
    return [
      "metadata": ["name": .string(name), "annotations": annotations],
      "type": "kubernetes.io/service-account-token",
    ]
  }

  private func token(_ cluster: Cluster, _ name: String) -> String? {
    cluster.get(.secrets, name)?["data"]?["token"]?.string
      .flatMap { try? Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aSecretIsFilledForItsAccount() async throws {
    try await Cluster.run { cluster in
      let account = try await cluster.make(.serviceAccounts, ["metadata": ["name": "robot"]])
      try await cluster.make(.secrets, tokenSecret("t", account: "robot"))
      await cluster.eventually { token(cluster, "t") != nil }
      let secret = try #require(cluster.get(.secrets, "t"))
      #expect(secret["metadata"]?["annotations"]?["kubernetes.io/service-account.uid"]?.string == account.uid)
      #expect(secret["data"]?["namespace"]?.string == Base64.encode(Array("test".utf8)))
      #expect(
        secret["data"]?["ca.crt"]?.string == Base64.encode(Array(cluster.server.certificateAuthority.utf8)))
      try await cluster.client.update(.secrets, namespace: "test", name: "t") { secret in
        var secret = secret
        secret["data"]?["token"] = nil
        return secret
      }
      await cluster.eventually { token(cluster, "t") != nil }
    }
  }

  @Test func itsTokenAuthenticatesAndItsUseIsNoted() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.serviceAccounts, ["metadata": ["name": "robot"]])
      try await cluster.make(.secrets, tokenSecret("t", account: "robot"))
      await cluster.eventually { token(cluster, "t") != nil }
      let request = AuthenticationRequest(headers: ["Authorization": "Bearer \(token(cluster, "t") ?? "")"])
      var notes = AuthenticationNotes()
      let result = try await cluster.server.apiServer.authenticator.authenticate(request, &notes)
      #expect(result?.user.name == "system:serviceaccount:test:robot")
      let today = String(Timestamp.now.rfc3339.prefix(10))
      await cluster.eventually {
        cluster.get(.secrets, "t")?["metadata"]?["labels"]?["kubernetes.io/legacy-token-last-used"]?.string
          == today
      }
    }
  }

  @Test func itsTokenEndsWithTheSecret() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.serviceAccounts, ["metadata": ["name": "robot"]])
      try await cluster.make(.secrets, tokenSecret("t", account: "robot"))
      await cluster.eventually { token(cluster, "t") != nil }
      let request = AuthenticationRequest(headers: ["Authorization": "Bearer \(token(cluster, "t") ?? "")"])
      try await cluster.client.delete(.secrets, namespace: "test", name: "t")
      await #expect(throws: AuthenticationError.self) {
        var notes = AuthenticationNotes()
        _ = try await cluster.server.apiServer.authenticator.authenticate(request, &notes)
      }
    }
  }

  @Test func itGoesWithItsAccount() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.serviceAccounts, ["metadata": ["name": "robot"]])
      try await cluster.make(.secrets, tokenSecret("t", account: "robot"))
      try await cluster.make(.secrets, tokenSecret("of-nobody", account: "ghost"))
      try await cluster.make(.secrets, tokenSecret("of-another", account: "robot", uid: "other"))
      await cluster.isGone(.secrets, "of-nobody")
      await cluster.isGone(.secrets, "of-another")
      await cluster.eventually { token(cluster, "t") != nil }
      try await cluster.client.delete(.serviceAccounts, namespace: "test", name: "robot")
      await cluster.isGone(.secrets, "t")
    }
  }

  @Test func anAccountForgetsASecretThatIsGone() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(
        .serviceAccounts, ["metadata": ["name": "robot"], "secrets": [["name": "t"], ["name": "kept"]]])
      try await cluster.make(.secrets, tokenSecret("t", account: "robot"))
      await cluster.eventually { token(cluster, "t") != nil }
      try await cluster.client.delete(.secrets, namespace: "test", name: "t")
      await cluster.eventually { cluster.get(.serviceAccounts, "robot")?["secrets"] == [["name": "kept"]] }
    }
  }

  @Test func theDayOnWhichCountingBeganIsKept() async throws {
    try await Cluster.run { cluster in
      let name = "kube-apiserver-legacy-service-account-token-tracking"
      func since() -> String? { cluster.get(.configMaps, name, in: "kube-system")?["data"]?["since"]?.string }
      let today = String(Timestamp.now.rfc3339.prefix(10))
      await cluster.eventually { since() == today }
      try await cluster.client.update(.configMaps, namespace: "kube-system", name: name) { object in
        var object = object
        object["data"] = ["since": "yesterday"]
        return object
      }
      await cluster.eventually { since() == today }
      try await cluster.client.delete(.configMaps, namespace: "kube-system", name: name)
      await cluster.eventually { since() == today }
    }
  }
}
