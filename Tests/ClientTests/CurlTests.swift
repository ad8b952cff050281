import Foundation
import TestSupport
import Testing
import Values

/// curl: the protocols underneath.
@Suite("curl", .enabled(if: Clients.areExpected), .timeLimit(.minutes(3)))
struct CurlTests {
  /// Asks the server, believing its authority.
  private func curl(_ path: String, _ arguments: String...) async throws -> CommandResult {
    let server = try await SharedServer.get()
    return try await Command.run(
      "curl",
      ["--silent", "--show-error", "--max-time", "20", "--cacert", "\(Repository.cache("certs"))/ca.crt"]
        + arguments + [server.drydock.url + path])
  }

  private static let token = ["--header", "Authorization: Bearer admin-token"]

  @Test("speaks HTTP/1.1 and HTTP/2", arguments: [("--http1.1", "1.1"), ("--http2", "2")])
  func versions(flag: String, version: String) async throws {
    let result = try await curl("/version", flag, "--write-out", "|%{http_version}|%{http_code}")
    #expect(result.output.hasSuffix("|\(version)|200"), "\(result)")
    #expect(result.output.contains("\"gitVersion\":\"v1.36"))
  }

  @Test func fallsBackToHTTP1WithoutNegotiation() async throws {
    let result = try await curl("/readyz", "--no-alpn", "--write-out", "|%{http_version}")
    #expect(result.output == "ok|1.1", "\(result)")
  }

  @Test("gets a large list compressed", arguments: ["--http1.1", "--http2"])
  func compression(flag: String) async throws {
    let list = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    let plain = try await curl(list, flag, Self.token[0], Self.token[1])
    let headers = try await curl(
      list, flag, "--compressed", "--dump-header", "/dev/stderr", Self.token[0], Self.token[1])
    #expect(headers.error.lowercased().contains("content-encoding: gzip"), "\(headers.error)")
    #expect(plain.output.utf8.count > 32_000)
    #expect(try JSON.parse(plain.output)["items"] == JSON.parse(headers.output)["items"])
  }

  @Test("logs in with a client certificate", arguments: ["--http1.1", "--http2"])
  func certificate(flag: String) async throws {
    let certs = Repository.cache("certs")
    let result = try await curl(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews", flag, "--cert", "\(certs)/admin.crt", "--key",
      "\(certs)/admin.key", "--header", "Content-Type: application/json", "--data",
      #"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#)
    let user = try JSON.parse(result.output)["status"]?["userInfo"]
    #expect(user?["username"] == "kubernetes-admin", "\(result)")
    #expect(user?["groups"]?.strings.contains("system:masters") == true)
  }

  @Test func streamsAWatch() async throws {
    let server = try await SharedServer.get()
    let namespaces = "/api/v1/namespaces"
    let revision = try await server.client.get(namespaces).json["metadata"]?["resourceVersion"]?.string ?? ""
    let watch = try Command(
      "curl",
      ["--silent", "--no-buffer", "--http2", "--cacert", "\(Repository.cache("certs"))/ca.crt"] + Self.token
        + [
          "\(server.drydock.url)\(namespaces)?watch=true&resourceVersion=\(revision)&fieldSelector=metadata.name%3Dcurled"
        ],
      timeout: 30)
    defer { watch.signal(SIGKILL) }
    let body: Value = ["metadata": ["name": "curled"]]
    let created = try await server.client.send("POST", namespaces, body)
    #expect(created.status == 201)
    #expect(await eventually { watch.output.contains("\"ADDED\"") && watch.output.contains("curled") })
  }
}
