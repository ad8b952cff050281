import Authentication
import Schema
import Store
import Testing
import Values

/// A store with the Secret of the bootstrap token `abcdef.0123456789abcdef`.
private struct Bootstrapping {
  static let token = "abcdef.0123456789abcdef"

  let store = ObjectStore()
  let clock = Clock()

  /// - Parameters:
  ///   - data: entries that replace or, where empty, remove the usual ones.
  ///   - change: of the whole object.
  init(_ data: [String: String] = [:], _ change: (inout Value) -> Void = { _ in }) throws {
    var entries = [
      "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
    ]
    entries.merge(data) { _, new in new }
    var encoded = Object()
    for (key, text) in entries where !text.isEmpty {
      encoded[key] = .string(Base64.encode(Array(text.utf8)))
    }
    var secret: Value = [
      "metadata": ["name": "bootstrap-token-abcdef", "namespace": "kube-system", "uid": "u"],
      "type": "bootstrap.kubernetes.io/token", "data": .object(encoded),
    ]
    change(&secret)
    _ = try store.create(
      GroupResource(group: "", resource: "secrets"),
      ObjectKey(namespace: "kube-system", name: "bootstrap-token-abcdef"), secret)
  }

  func user(_ token: String = token) async throws -> UserInfo? {
    var notes = AuthenticationNotes()
    let authenticator = BootstrapTokenAuthenticator(store: store, now: { [clock] in clock.now })
    return try await authenticator.authenticate(token: token, audiences: nil, &notes)?.user
  }
}

@Test func aBootstrapTokenIsThatOfItsSecret() async throws {
  let user = try await Bootstrapping().user()
  #expect(user == UserInfo(name: "system:bootstrap:abcdef", groups: ["system:bootstrappers"]))
  let groups = "system:bootstrappers:b,system:bootstrappers:a:1,system:bootstrappers:b"
  #expect(
    try await Bootstrapping(["auth-extra-groups": groups]).user()?.groups
      == ["system:bootstrappers", "system:bootstrappers:a:1", "system:bootstrappers:b"])
}

@Test(arguments: [
  "abcdef.0123456789abcdeF", "abcdef.0123456789abcde", "abcdef0123456789abcdef", "abcdef.0123456789abcdea",
  "zzzzzz.0123456789abcdef", "ABCDEF.0123456789abcdef", ".bcdef.0123456789abcde", "",
])
func otherTokensAreNoBootstrapTokens(token: String) async throws {
  #expect(try await Bootstrapping().user(token) == nil)
}

@Test(arguments: [
  ["token-id": "ghijkl"], ["token-secret": "0123456789abcdeX"], ["token-secret": ""],
  ["usage-bootstrap-authentication": ""], ["usage-bootstrap-authentication": "True"],
  ["auth-extra-groups": "system:masters"], ["auth-extra-groups": "system:bootstrappers:a,"],
  ["auth-extra-groups": "system:bootstrappers:"], ["auth-extra-groups": "system:bootstrappers:a:"],
  ["auth-extra-groups": "system:bootstrappers:A"], ["expiration": "tomorrow"],
])
func aSecretThatIsNotAsItShouldBeLetsNobodyIn(data: [String: String]) async throws {
  #expect(try await Bootstrapping(data).user() == nil)
}

@Test func aSecretMustBeOfTheTypeAndStay() async throws {
  #expect(try await Bootstrapping { $0["type"] = "Opaque" }.user() == nil)
  let going = try Bootstrapping { secret in
    secret.set("2026-01-01T00:00:00Z", at: ["metadata", "deletionTimestamp"])
  }
  #expect(try await going.user() == nil)
}

@Test func bootstrapTokensExpire() async throws {
  let end = Clock().now.adding(seconds: 60).rfc3339
  let bootstrapping = try Bootstrapping(["expiration": end])
  #expect(try await bootstrapping.user() != nil)
  bootstrapping.clock.advance(59)
  #expect(try await bootstrapping.user() != nil)
  bootstrapping.clock.advance(2)
  #expect(try await bootstrapping.user() == nil)
}
