import Foundation
import HTTPService
import Security
import ServerSupport
import Synchronization
import TestSupport
import Testing
import Values

/// ID tokens at the door of a whole server, with a provider behind TLS.
@Suite("OpenID Connect", .timeLimit(.minutes(2)))
struct OpenIDConnectTests {
  /// A provider that signs with one key, and its server.
  private struct Issuer {
    let server: StandInServer
    let key: PrivateKey

    static func start(isSilent: Bool = false) async throws -> Issuer {
      let key = try PrivateKey.ecdsa(.p256)
      let jwk = try #require(key.publicKey.jwk)
      let shared = SharedURL()
      let server = try await StandInServer.start { request in
        if isSilent { try? await Task.sleep(for: .seconds(60)) }
        switch request.path {
        case "/.well-known/openid-configuration":
          return .json(["issuer": .string(shared.url), "jwks_uri": .string("\(shared.url)/keys")])
        case "/keys":
          return .json([
            "keys": [
              [
                "kty": "EC", "crv": "P-256", "kid": "k", "x": .string(jwk.x ?? ""), "y": .string(jwk.y ?? ""),
              ]
            ]
          ])
        default: return .text("not found", status: 404)
        }
      }
      shared.url = server.url
      return Issuer(server: server, key: key)
    }

    func token(_ changes: Object = [:]) throws -> String {
      var claims: Object = [
        "iss": .string(server.url), "aud": "kubernetes", "sub": "jane", "groups": ["developers"],
        "exp": .int(Timestamp.now.seconds + 600),
      ]
      for (name, value) in changes { claims[name] = value }
      return try JWS.sign(payload: JSON.encode(.object(claims)), key: key, keyID: "k")
    }
  }

  /// The address that a server has, which it is told after it has started.
  private final class SharedURL: Sendable {
    private let text = Mutex("")
    var url: String {
      get { text.withLock { $0 } }
      set { text.withLock { $0 = newValue } }
    }
  }

  private func arguments(_ issuer: Issuer, authority: String, _ folder: TemporaryFolder) throws -> [String] {
    [
      "--oidc-issuer-url", issuer.server.url, "--oidc-client-id", "kubernetes", "--oidc-username-prefix", "-",
      "--oidc-groups-claim", "groups", "--oidc-signing-algs", "ES256",
      "--oidc-ca-file", try folder.write(authority, to: "ca.crt"),
    ]
  }

  private func name(_ server: ServerProcess, _ token: String) async throws -> String? {
    let review: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
    let answer = try await server.client.with(token: token).send(
      "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    return answer.status == 201 ? answer.json[path: "status", "userInfo", "username"]?.string : nil
  }

  @Test func hostileTokensAreRefusedAndNeverLogged() async throws {
    let issuer = try await Issuer.start()
    let folder = try TemporaryFolder()
    let server = try await ServerProcess.start(
      try arguments(issuer, authority: issuer.server.caPEM, folder) + ["--log-level", "trace"])
    let good = try issuer.token()
    #expect(try await eventually { try await name(server, good) == "jane" })
    let parts = good.split(separator: ".").map(String.init)
    let other = try PrivateKey.ecdsa(.p256)
    let deep = Base64.encode(
      Array("{\"iss\":\"\(issuer.server.url)\",\"a\":\(String(repeating: "[", count: 20_000))".utf8),
      alphabet: .url, padding: false)
    let hostile = [
      "\(good)x", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(parts[0]).!.\(parts[2])",
      "\(parts[0]).\(deep).\(parts[2])", String(repeating: "a.", count: 10_000) + "z",
      String(repeating: "b", count: 40_000), "\(good).\(good)", try issuer.token(["aud": "other"]),
      try issuer.token(["exp": 1]), try issuer.token(["exp": "soon"]), try issuer.token(["sub": ["a"]]),
      try issuer.token(["groups": 5]),
      try JWS.sign(
        payload: JSON.encode(["iss": .string(issuer.server.url), "aud": "kubernetes", "sub": "root"]),
        key: other, keyID: "k"),
    ]
    for token in hostile {
      let answer = try await server.client.with(token: token).get("/version")
      #expect(answer.status == 401, "\(token.prefix(40)): \(answer.status)")
      #expect(!answer.text.contains(token))
    }
    #expect(try await name(server, good) == "jane")
    let log = server.command.error
    for token in hostile + [good] {
      for part in token.split(separator: ".") where part.utf8.count > 40 && part != parts[0] {
        #expect(!log.contains(part))
      }
    }
    try await server.stop()
    await issuer.server.stop()
  }

  @Test func providersThatAreNotBelievedAreLoggedAndOthersLogInMeanwhile() async throws {
    let issuer = try await Issuer.start()
    let folder = try TemporaryFolder()
    let server = try await ServerProcess.start(
      try arguments(issuer, authority: try TestAuthority().pem, folder))
    #expect(
      await eventually {
        server.command.error.contains("oidc authenticator: initializing plugin: Get \"\(issuer.server.url)")
      })
    #expect(server.command.error.contains("certificate signed by unknown authority"))
    #expect(try await name(server, try issuer.token()) == nil)
    #expect(try await server.client.get("/api/v1/namespaces").status == 200)
    try await server.stop()
    await issuer.server.stop()
  }

  @Test func providersThatNeverAnswerHoldUpNobody() async throws {
    let issuer = try await Issuer.start(isSilent: true)
    let folder = try TemporaryFolder()
    let server = try await ServerProcess.start(
      try arguments(issuer, authority: issuer.server.caPEM, folder))
    let token = try issuer.token()
    for _ in 0..<20 { #expect(try await name(server, token) == nil) }
    #expect(try await server.client.get("/api/v1/namespaces").status == 200)
    try await server.stop()
    await issuer.server.stop()
  }

  @Test func onlySomePathsMayBeOpenToStrangers() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      """
      {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration",
       "anonymous": {"enabled": true, "conditions": [{"path": "/livez"}]}}
      """, to: "authentication.json")
    let server = try await ServerProcess.start(["--authentication-config", file])
    let stranger = server.client.with(token: nil)
    #expect(try await stranger.get("/livez").text == "ok")
    #expect(try await stranger.get("/livez?verbose").status == 200, "the query is no part of the path")
    for path in ["/readyz", "/livez/ping", "/livez/", "/version", "/api/v1/namespaces", "/"] {
      #expect(try await stranger.get(path).status == 401, "\(path)")
    }
    #expect(try await server.client.get("/version").status == 200)
    #expect(try await stranger.with(token: "wrong").get("/livez").status == 401)
    try await server.stop()
  }
}
