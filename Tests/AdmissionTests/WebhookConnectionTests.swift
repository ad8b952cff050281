import Foundation
import HTTPService
import Schema
import ServerSupport
import Testing
import Values
import Webhook

@testable import Admission

@Suite struct WebhookAddressTests {
  private static let service: Value = [
    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "hook", "namespace": "team"],
    "spec": ["clusterIP": "10.0.0.9", "ports": [["name": "https", "port": 443, "targetPort": 8443]]],
  ]

  private func refusal(_ objects: [Value]) async throws -> String? {
    let cluster = try Cluster { $0.validatingClients = FakeHooks([:]) }
    for object in objects { cluster.put(object) }
    let hook = Value.hook(
      "h", ["clientConfig": ["service": ["namespace": "team", "name": "hook", "path": "/check"]]])
    cluster.put(.configuration("Validating", "v", [hook]))
    return await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
  }

  @Test func servicesAreResolved() async throws {
    let start =
      "Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post "
      + "\"https://hook.team.svc:443/check?timeout=10s\": "
    #expect(try await refusal([]) == start + "service \"hook\" not found")
    #expect(try await refusal([Self.service]) == start + "no endpoints available for service \"hook\"")
    var other = Self.service
    other["spec"]?["ports"] = [["name": "http", "port": 80]]
    #expect(try await refusal([other]) == start + "no service port 443 found for service \"hook\"")
  }

  @Test func endpointsAnswerForTheirService() throws {
    let cluster = try Cluster()
    cluster.put(Self.service)
    let resolver = ServiceResolver(
      get: { [store = cluster.store] in store.get($0, .init(namespace: $1, name: $2))?.value },
      list: { [store = cluster.store] in store.list($0, namespace: $1).map(\.value) })
    cluster.put([
      "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
      "metadata": [
        "name": "hook-1", "namespace": "team", "labels": ["kubernetes.io/service-name": "hook"],
      ],
      "ports": [["name": "https", "port": 8443]],
      "endpoints": [
        ["addresses": ["10.1.1.1"], "conditions": ["ready": false]], ["addresses": ["10.1.1.2"]],
      ],
    ])
    #expect(
      try resolver.resolve(namespace: "team", name: "hook", port: 443)
        == HTTPAddress(host: "10.1.1.2", port: 8443))
  }

  @Test func credentialsAreFoundByName() throws {
    let folder = "\(NSTemporaryDirectory())/\(RandomText.uuid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = "\(folder)/kubeconfig"
    try """
    apiVersion: v1
    kind: Config
    users:
    - {name: hooks.example.com, user: {token: one}}
    - {name: "*.team.svc", user: {token: two}}
    - {name: "*", user: {token: rest}}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let credentials = WebhookCredentials(try WebhookUser.read(path: file))
    func found(_ config: Value) throws -> String? {
      credentials.entry(for: try WebhookClientConfig(config))?.authorization?()
    }
    #expect(try found(["url": "https://hooks.example.com/x"]) == "Bearer one")
    #expect(try found(["url": "https://hooks.example.com:8443/x"]) == "Bearer rest")
    #expect(try found(["service": ["namespace": "team", "name": "hook"]]) == "Bearer two")
  }
}

@Suite struct WebhookConnectionTests {
  /// What a webhook that allows everything answers.
  @Sendable static func allow(_ request: StandInServer.Request) async -> HTTPResponse {
    .json([
      "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
      "response": ["uid": request.json["request"]?["uid"] ?? "", "allowed": true],
    ])
  }

  @Test func connectionsAreUsedAgain() async throws {
    try await StandInServer.with(answer: Self.allow) { server in
      let cluster = try Cluster()
      let bundle = Base64.encode(server.caPEM.utf8)
      cluster.put(
        .configuration(
          "Validating", "v",
          [.hook("h", ["clientConfig": ["url": .string(server.url), "caBundle": .string(bundle)]])]))
      for index in 0..<5 { try await cluster.create(.configMap("c\(index)")) }
      #expect(server.requestCount == 5)
      #expect(Set(server.requests.map { $0.remoteAddress }).count == 1)
      #expect(server.requests.first?.target == "/?timeout=10s")
      #expect(server.requests.first?.headers.first(name: "User-Agent") == "kube-apiserver-admission")
    }
  }

  @Test func strangersCertificatesAreNotBelieved() async throws {
    try await StandInServer.with(answer: Self.allow) { server in
      let cluster = try Cluster()
      let other = try TestAuthority()
      cluster.put(
        .configuration(
          "Validating", "v",
          [
            .hook(
              "h",
              [
                "clientConfig": [
                  "url": .string(server.url), "caBundle": .string(Base64.encode(other.pem.utf8)),
                ]
              ])
          ]))
      let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
      #expect(
        refusal
          == "Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: "
          + "Post \"\(server.url)/?timeout=10s\": tls: failed to verify certificate: x509: certificate signed by "
          + "unknown authority")
      #expect(server.requestCount == 0)
    }
  }
}
