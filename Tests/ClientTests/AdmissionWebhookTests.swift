import Foundation
import Security
import ServerSupport
import TestSupport
import Testing
import Values

/// The webhook program of config/examples, on Python's standard library, asked over TLS.
@Suite("admission webhooks", .timeLimit(.minutes(3)))
struct AdmissionWebhookTests {
  /// The program, running.
  struct Program {
    let command: Command
    let port: Int
    let bundle: String
    private let folder: TemporaryFolder

    init(port: Int = 0) async throws {
      folder = try TemporaryFolder()
      let authority = try TestAuthority()
      let identity = try authority.server(names: ["policy.hooks.svc"], addresses: ["127.0.0.1"])
      let certificate = try folder.write(identity.certificatePEM, to: "tls.crt")
      let key = try folder.write(identity.keyPEM, to: "tls.key")
      let running = try Command(
        "python3",
        [Repository.path("config/examples/admission-webhook.py"), String(port), certificate, key],
        timeout: 150)
      #expect(await eventually(seconds: 30) { running.output.contains("\n") || !running.isRunning })
      command = running
      self.port = Int(running.output.split(separator: ":").last?.dropLast() ?? "") ?? 0
      #expect(self.port > 0, "\(running.output)\(running.error)")
      bundle = Data(authority.pem.utf8).base64EncodedString()
    }

    func stop() async throws {
      command.signal(SIGKILL)
      _ = try await command.result()
    }
  }

  private let server: TestServer
  private let program: Program

  init() async throws {
    server = try await TestServer.start()
    program = try await Program()
    #expect(
      try await server.client.send(
        "POST", "/api/v1/namespaces", ["metadata": ["name": "hooks", "labels": ["review": "yes"]]]
      ).status == 201)
  }

  private func end() async throws {
    try await program.stop()
    await server.stop()
  }

  private func hook(_ path: String, _ fields: Object = [:]) -> Value {
    var hook: Object = [
      "name": .string("\(path).review.example.com"), "sideEffects": "None",
      "admissionReviewVersions": ["v1"], "timeoutSeconds": 1,
      "clientConfig": [
        "url": .string("https://127.0.0.1:\(program.port)/\(path)"), "caBundle": .string(program.bundle),
      ],
      "rules": [
        [
          "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
        ]
      ],
    ]
    for (key, value) in fields { hook[key] = value }
    return .object(hook)
  }

  private func configure(_ kind: String, _ hooks: Value...) async throws {
    let name = kind.lowercased() + "webhookconfigurations"
    let answer = try await server.client.send(
      "POST", "/apis/admissionregistration.k8s.io/v1/\(name)",
      ["metadata": ["name": "review"], "webhooks": .array(hooks)])
    #expect(answer.status == 201, "\(answer.text)")
  }

  private func create(_ name: String, data: Object = [:]) async throws -> TestResponse {
    try await server.client.send(
      "POST", "/api/v1/namespaces/hooks/configmaps",
      ["metadata": ["name": .string(name)], "data": .object(data)])
  }

  @Test func changesDeniesAndWarns() async throws {
    try await configure("Mutating", hook("mutate"))
    try await configure("Validating", hook("validate"))
    let made = try await create("good", data: ["a": "b"])
    #expect(made.json["metadata"]?["labels"] == ["reviewed": "yes"])
    #expect(made.header("Warning") == nil)

    let empty = try await create("empty")
    #expect(empty.status == 201)
    #expect(empty.header("Warning") == "299 - \"this ConfigMap is empty\"")

    let denied = try await create("bad", data: ["password": "x"])
    #expect(denied.status == 403)
    #expect(
      denied.json["message"]
        == "admission webhook \"validate.review.example.com\" denied the request: passwords belong into Secrets"
    )
    try await end()
  }

  @Test func hangsAndIsDown() async throws {
    try await configure("Validating", hook("slow"))
    let start =
      "Internal error occurred: failed calling webhook \"slow.review.example.com\": failed to call "
      + "webhook: Post \"https://127.0.0.1:\(program.port)/slow?timeout=1s\": "
    let late = try await create("late")
    #expect(late.status == 500)
    #expect(late.json["message"]?.string == start + "context deadline exceeded")

    try await program.stop()
    let down = try await create("down")
    #expect(
      down.json["message"]?.string
        == start + "dial tcp 127.0.0.1:\(program.port): connect: connection refused")
    await server.stop()
  }

  @Test func isFoundBehindAService() async throws {
    try await configure(
      "Mutating",
      hook(
        "mutate",
        [
          "clientConfig": [
            "service": ["namespace": "hooks", "name": "policy", "path": "/mutate"],
            "caBundle": .string(program.bundle),
          ]
        ]))
    let service = try await server.client.send(
      "POST", "/api/v1/namespaces/hooks/services",
      ["metadata": ["name": "policy"], "spec": ["ports": [["port": 443]]]])
    #expect(service.status == 201)
    let slice = try await server.client.send(
      "POST", "/apis/discovery.k8s.io/v1/namespaces/hooks/endpointslices",
      [
        "metadata": ["name": "policy-1", "labels": ["kubernetes.io/service-name": "policy"]],
        "addressType": "IPv4", "ports": [["name": "", "port": .int(Int64(program.port))]],
        "endpoints": [["addresses": ["127.0.0.1"]]],
      ])
    let made = try await create("good")
    // An EndpointSlice can't name a loopback address; Endpoints of older tools can't either.
    #expect(slice.status == 422)
    #expect(
      made.json["message"]?.string?.hasSuffix("no endpoints available for service \"policy\"") == true)

    let external = try await server.client.send(
      "PUT", "/api/v1/namespaces/hooks/services/policy",
      [
        "metadata": ["name": "policy"],
        "spec": ["type": "ExternalName", "externalName": "localhost", "clusterIP": ""],
      ])
    #expect(external.status == 200, "\(external.text)")
    let hooks = try await server.client.request(
      "PATCH", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/review",
      headers: [("Content-Type", "application/json-patch+json")],
      body: Array(
        """
        [{"op":"add","path":"/webhooks/0/clientConfig/service/port","value":\(program.port)}]
        """.utf8))
    #expect(hooks.status == 200, "\(hooks.text)")
    let found = try await create("found")
    #expect(found.json["metadata"]?["labels"] == ["reviewed": "yes"], "\(found.text)")
    try await end()
  }
}
