import Authentication
import Drydock
import Foundation
import Security
import TestSupport
import Testing
import Values

/// An authority in files of a folder, and what it issues for clients.
private struct Authority {
  let authority: CertificateAuthority
  let folder: TemporaryFolder
  let file: String

  init(_ name: String) throws {
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: name), days: 1)
    template.isCA = true
    template.keyUsages = [.certSign]
    authority = try CertificateAuthority(certificate: .selfSigned(template, key: key), key: key)
    folder = try TemporaryFolder()
    file = try folder.write(authority.certificate.pem, to: "ca.crt")
  }

  /// - Parameter lifetime: seconds from now.
  func identity(_ name: String, lifetime: Int64 = 3600) throws -> TLSIdentity {
    let now = Timestamp.now.seconds
    var template = CertificateTemplate(
      subject: DistinguishedName(commonName: name), notBefore: now - 7200, notAfter: now + lifetime)
    template.extendedKeyUsages = [.clientAuth]
    let key = try PrivateKey.ecdsa(.p256)
    let certificate = try authority.issue(template, for: key.publicKey)
    return try TLSIdentity(certificatePEM: Array(certificate.pem.utf8), keyPEM: Array(key.pem.utf8))
  }
}

private let review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
private let question: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]

/// How people log in to a running server.
@Suite(.timeLimit(.minutes(3)))
struct AuthenticationTests {
  /// Who the server takes a client for; the status where it refuses it.
  private func user(
    _ server: TestServer, _ identity: TLSIdentity?, headers: [(String, String)] = [], token: String? = nil
  ) async throws -> (Value?, Int) {
    let client = try TestClient(
      server.address, authority: server.drydock.certificateAuthority, token: token, identity: identity)
    let answer = try await client.request(
      "POST", review, headers: headers + [("Content-Type", "application/json")],
      body: JSON.encode(question))
    return (answer.json["status"]?["userInfo"], answer.status)
  }

  @Test func aFrontProxyNamesUsers() async throws {
    let proxy = try Authority("proxies")
    let server = try await TestServer.start {
      $0.requestHeader = .init(clientCAFile: proxy.file, fields: .init(allowedNames: ["front"]))
    }
    let headers = [
      ("X-Remote-User", "ann"), ("X-Remote-Group", "staff"), ("X-Remote-Group", "ops"),
      ("X-Remote-Uid", "42"), ("X-Remote-Extra-Example.com%2Fteam", "blue"),
    ]
    let (user, _) = try await user(server, proxy.identity("front"), headers: headers)
    #expect(
      user == [
        "username": "ann", "uid": "42", "groups": ["staff", "ops", "system:authenticated"],
        "extra": ["example.com/team": ["blue"]],
      ])
    #expect(try await self.user(server, proxy.identity("other"), headers: headers).1 == 401)
    #expect(try await self.user(server, nil, headers: headers).0?["username"] != "ann")
    let published = try await server.client.get(
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
    #expect(published.json["data"]?["requestheader-allowed-names"] == #"["front"]"#)
    await server.stop()
  }

  @Test func aNewBundleOfAuthoritiesCountsWithoutARestart() async throws {
    let (old, new) = (try Authority("old"), try Authority("new"))
    let server = try await TestServer.start { $0.clientCAFile = old.file }
    let jane = try new.identity("jane")
    #expect(try await user(server, jane).1 == 401)
    #expect(try await user(server, old.identity("tom")).0?["username"] == "tom")
    try old.folder.write(new.authority.certificate.pem, to: "ca.crt")
    #expect(try await eventually(seconds: 30) { try await user(server, jane).0?["username"] == "jane" })
    #expect(try await user(server, old.identity("tom")).1 == 401)
    let map = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
    let isPublished = try await eventually(seconds: 30) {
      try await server.client.get(map).json["data"]?["client-ca-file"]?.string?
        .contains(new.authority.certificate.pem) == true
    }
    #expect(isPublished)
    await server.stop()
  }

  @Test func theLogSaysWhyButNotTheToken() async throws {
    let authority = try Authority("clients")
    let server = try await ServerProcess.start(["--client-ca-file", authority.file])
    let pem = try String(contentsOfFile: "\(server.certificates)/ca.crt", encoding: .utf8)
    func status(_ identity: TLSIdentity?, token: String?) async throws -> Int {
      try await TestClient(server.address, authority: pem, token: token, identity: identity)
        .get("/api/v1/namespaces").status
    }
    #expect(try await status(authority.identity("jane", lifetime: -60), token: nil) == 401)
    #expect(try await status(Authority("strangers").identity("jane"), token: nil) == 401)
    #expect(try await status(nil, token: "s3cr3t-but-wrong") == 401)
    let wanted = [
      "Unable to authenticate the request err=\"", "x509: certificate has expired or is not yet valid",
      "x509: certificate signed by unknown authority", "invalid bearer token",
    ]
    #expect(await eventually { wanted.allSatisfy(server.command.error.contains) }, "\(server.command.error)")
    #expect(!server.command.error.contains("s3cr3t"))
    try await server.stop()
  }

  @Test func bootstrapTokensAreOffUnlessWanted() async throws {
    for isOn in [false, true] {
      let server = try await TestServer.start { $0.enablesBootstrapTokens = isOn }
      let secret: Value = [
        "metadata": ["name": "bootstrap-token-abcdef"], "type": "bootstrap.kubernetes.io/token",
        "stringData": [
          "token-id": "abcdef", "token-secret": "0123456789abcdef",
          "usage-bootstrap-authentication": "true",
        ],
      ]
      #expect(
        try await server.client.send("POST", "/api/v1/namespaces/kube-system/secrets", secret).status == 201)
      let (user, status) = try await user(server, nil, token: "abcdef.0123456789abcdef")
      #expect(status == (isOn ? 201 : 401))
      if isOn {
        #expect(
          user == [
            "username": "system:bootstrap:abcdef",
            "groups": ["system:bootstrappers", "system:authenticated"],
          ])
      }
      await server.stop()
    }
  }

  @Test func theIssuersDocumentsNameWhereItsKeysAre() async throws {
    let server = try await TestServer.start {
      $0.serviceAccountIssuers = ["https://issuer.example", "https://old.example"]
      $0.serviceAccountKeySetURL = "https://keys.example/jwks"
    }
    let document = try await server.client.get("/.well-known/openid-configuration")
    #expect(document.json["issuer"] == "https://issuer.example")
    #expect(document.json["jwks_uri"] == "https://keys.example/jwks")
    await server.stop()
    let local = try await TestServer.start { $0.serviceAccountIssuers = ["not-a-url"] }
    #expect(try await local.client.get("/.well-known/openid-configuration").status == 404)
    #expect(try await local.client.get("/openid/v1/jwks").status == 404)
    await local.stop()
  }

  @Test func tokensOfAnOlderIssuerAndKeyAreStillGood() async throws {
    let folder = try TemporaryFolder()
    let (old, new) = (try PrivateKey.rsa(bits: 2048), try PrivateKey.ecdsa(.p256))
    let signing = try folder.write(new.pem, to: "new.key")
    // Public and private keys, in one file and in several.
    let keys = [
      try folder.write(old.publicKey.pem + (try PrivateKey.ecdsa(.p384)).publicKey.pem, to: "old.pub"),
      signing,
    ]
    let server = try await TestServer.start {
      $0.serviceAccountIssuers = ["https://new.example", "https://old.example"]
      $0.serviceAccountKeyFiles = keys
      $0.serviceAccountSigningKeyFile = signing
    }
    let account = "/api/v1/namespaces/default/serviceaccounts/default/token"
    let request: Value = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"]
    let fresh = try await server.client.send("POST", account, request).json["status"]?["token"]?.string ?? ""
    let claims = try JSON.parse(JWS.parse(fresh).payload)
    #expect(claims["iss"] == "https://new.example")
    #expect(claims["aud"] == ["https://new.example", "https://old.example"])
    let issuer = ServiceAccountTokenIssuer(
      store: server.drydock.apiServer.store, key: old,
      configuration: .init(issuer: "https://old.example", apiAudiences: ["https://old.example"]))
    let issued = try await issuer.issue(request, namespace: "default", name: "default")
    for token in [fresh, issued.value["status"]?["token"]?.string ?? ""] {
      let (user, _) = try await user(server, nil, token: token)
      #expect(user?["username"] == "system:serviceaccount:default:default")
    }
    let published = try await server.client.get("/openid/v1/jwks").json["keys"]?.array ?? []
    #expect(published.map { $0["alg"] } == ["RS256", "ES384", "ES256"])
    await server.stop()
  }

  @Test(
    "refuses issuers that make no sense",
    arguments: [
      ([""], "service-account-issuer should not be an empty string"),
      (["a", "b", "a"], "service-account-issuer \"a\" was already specified"),
    ])
  func badIssuers(issuers: [String], message: String) async {
    let error = await #expect(throws: ConfigurationError.self) {
      _ = try await TestServer.start { $0.serviceAccountIssuers = issuers }
    }
    #expect(error?.description == message)
  }

  @Test func aReviewPassesOnWhatIsSaidOfTheToken() async throws {
    let server = try await TestServer.start()
    let core = "/api/v1/namespaces/default"
    let account: Value = ["metadata": ["name": "robot"], "secrets": [["name": "robot-token"]]]
    #expect(try await server.client.send("POST", "\(core)/serviceaccounts", account).status == 201)
    let secret: Value = [
      "metadata": [
        "name": "robot-token", "annotations": ["kubernetes.io/service-account.name": "robot"],
      ], "type": "kubernetes.io/service-account-token",
    ]
    #expect(try await server.client.send("POST", "\(core)/secrets", secret).status == 201)
    func token() async throws -> String? {
      try await server.client.get("\(core)/secrets/robot-token").json["data"]?["token"]?.string
    }
    #expect(try await eventually { try await token() != nil })
    let text = String(decoding: try Base64.decode(try await token() ?? ""), as: UTF8.self)
    let answer = try await server.client.send(
      "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
      [
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "spec": ["token": .string(text)],
      ])
    #expect(answer.json["status"]?["authenticated"] == true)
    #expect(
      answer.headers("Warning") == [
        "299 - \"Use tokens from the TokenRequest API or manually created secret-based tokens "
          + "instead of auto-generated secret-based tokens.\""
      ])
    await server.stop()
  }
}
