import HTTPService
import ServerSupport
import Synchronization
import Testing
import Values

@testable import Webhook

/// Answers with what the test prepared, one after the other; the last one again and again.
private final class Script: HTTPRequesting {
  private let answers: Mutex<[Result<ClientResponse, HTTPClientError>]>
  private let seen = Mutex<[ClientRequest]>([])

  init(_ answers: Result<ClientResponse, HTTPClientError>...) { self.answers = Mutex(answers) }

  var requests: [ClientRequest] { seen.withLock { $0 } }

  func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
    seen.withLock { $0.append(request) }
    let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    return try answer.get()
  }

  static func answer(_ status: Int, _ body: String, _ headers: [(String, String)] = [])
    -> Result<ClientResponse, HTTPClientError>
  {
    .success(ClientResponse(status: status, headers: .init(headers), body: Array(body.utf8)))
  }
}

@Suite(.timeLimit(.minutes(1))) struct GenericWebhookTests {
  private let review: Value = [
    "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": ["token": "secret"],
  ]
  private static let accepted = #"{"kind":"TokenReview","status":{"authenticated":true,"unknown":1}}"#

  /// The webhook, and the waits it made between its tries.
  private func webhook(_ client: any HTTPRequesting) throws -> (GenericWebhook, Waits) {
    let waits = Waits()
    let webhook = try GenericWebhook(
      client: client, kubeconfig: WebhookKubeconfig(server: "https://hook/a", credential: .token("own")),
      backoff: RetryBackoff(jitter: 0), sleep: { waits.add($0) })
    return (webhook, waits)
  }

  final class Waits: Sendable {
    private let list = Mutex<[Duration]>([])
    func add(_ wait: Duration) { list.withLock { $0.append(wait) } }
    var all: [Duration] { list.withLock { $0 } }
  }

  private func failure(_ webhook: GenericWebhook) async -> WebhookError? {
    do throws(WebhookError) {
      _ = try await webhook.review(review)
      return nil
    } catch {
      return error
    }
  }

  @Test func aReviewIsPostedAndItsAnswerRead() async throws {
    let script = Script(Script.answer(200, Self.accepted))
    let (webhook, waits) = try webhook(script)
    let answer = try await webhook.review(review)
    #expect(answer["status"] == ["authenticated": true, "user": [:]])
    let request = try #require(script.requests.first)
    #expect(request.url == "https://hook/a?timeout=30s")
    #expect(request.headers.first(name: "Authorization") == "Bearer own")
    #expect(request.headers.first(name: "Content-Type") == "application/json")
    #expect(try JSON.parse(request.body) == review)
    #expect(waits.all.isEmpty)
  }

  @Test(arguments: [500, 502, 504, 429])
  func failuresThatPassAreTriedAgain(_ status: Int) async throws {
    let script = Script(
      Script.answer(status, ""), Script.answer(status, ""), Script.answer(201, Self.accepted))
    let (webhook, waits) = try webhook(script)
    #expect(try await webhook.review(review)["status"]?["authenticated"] == true)
    #expect(waits.all == [.milliseconds(500), .milliseconds(750)])
  }

  @Test func afterFiveTriesTheLastErrorCounts() async throws {
    let reset = HTTPClientError(
      .broken, #"Post "https://hook/a": read tcp 1->2: read: connection reset by peer"#)
    let script = Script(.failure(reset))
    let (webhook, waits) = try webhook(script)
    #expect(await failure(webhook)?.description == reset.description)
    #expect(script.requests.count == 5)
    #expect(
      waits.all == [.milliseconds(500), .milliseconds(750), .milliseconds(1125), .microseconds(1_687_500)])
  }

  @Test(arguments: [
    (400, "", "the server rejected our request for an unknown reason"),
    (401, "", "the server has asked for the client to provide credentials"),
    (403, " no \n", "no"),
    (404, "", "the server could not find the requested resource"),
    (503, "", "the server is currently unable to handle the request"),
    (302, "", "the server responded with the status code 302 but did not return more information"),
    (
      403,
      #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"go away","reason":"Forbidden"}"#,
      "go away"
    ),
    (
      200, #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"go away","code":409}"#,
      "go away"
    ),
    (
      200, #"{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1beta1"}"#,
      "converting (v1beta1.TokenReview) to (v1.TokenReview): unknown conversion"
    ),
    (200, #"{"kind":"Pod","apiVersion":"v1"}"#, #"no kind "Pod" is registered for version "v1""#),
    (200, "", "0-length response with status code: 200 and content type: application/json"),
    (
      200, #"{"status":{"authenticated":"yes"}}"#,
      "json: cannot unmarshal string into Go struct field TokenReviewStatus.status.authenticated of type bool"
    ),
  ])
  func otherFailuresAreFinal(_ status: Int, _ body: String, _ error: String) async throws {
    let script = Script(Script.answer(status, body))
    let (webhook, _) = try webhook(script)
    #expect(await failure(webhook)?.description == error)
    #expect(script.requests.count == 1)
  }

  @Test func serverErrorsShowWhatTheServerSaid() async throws {
    let text = Script(Script.answer(500, "boom\n", [("Content-Type", "text/plain; charset=utf-8")]))
    #expect(
      await failure(try webhook(text).0)?.description
        == #"an error on the server ("boom") has prevented the request from succeeding"#)
    let json = Script(Script.answer(500, "{}", [("Content-Type", "application/json")]))
    #expect(
      await failure(try webhook(json).0)?.description
        == #"an error on the server ("unknown") has prevented the request from succeeding"#)
  }

  @Test func aTimeToWaitForIsKept() async throws {
    let script = Script(
      Script.answer(503, "", [("Retry-After", "7")]), Script.answer(200, Self.accepted))
    let (webhook, waits) = try webhook(script)
    #expect(try await webhook.review(review)["status"]?["authenticated"] == true)
    #expect(waits.all == [.seconds(7)])
    // Nobody waits longer than the time for all tries together.
    let never = Script(Script.answer(503, "", [("Retry-After", "86400")]))
    let (patient, waited) = try self.webhook(never)
    #expect(await failure(patient)?.statusCode == 503)
    #expect(waited.all.allSatisfy { $0 < .seconds(2) })
    #expect(never.requests.count == 5)
  }

  @Test func aClientCertificateIsShownToARealWebhook() async throws {
    let authority = try TestAuthority()
    let identity = try authority.client("api-server")
    try await StandInServer.with(authority: authority, requiresClientCertificate: true) { request in
      .json(["status": ["authenticated": .bool(request.target == "/authenticate?timeout=30s")]])
    } test: { server in
      let text = server.kubeconfig(
        path: "/authenticate",
        user: [
          "client-certificate-data": .string(Base64.encode(Array(identity.certificatePEM.utf8))),
          "client-key-data": .string(Base64.encode(Array(identity.keyPEM.utf8))),
        ])
      let webhook = try GenericWebhook(WebhookKubeconfig(yaml: Array(text.utf8), folder: "./"))
      #expect(try await webhook.review(review)["status"]?["authenticated"] == true)
      let stranger = try GenericWebhook(
        WebhookKubeconfig(yaml: Array(server.kubeconfig().utf8), folder: "./"))
      #expect(
        await failure(stranger)?.description
          == "the server has asked for the client to provide credentials")
      await webhook.shutdown()
      await stranger.shutdown()
    }
  }

  @Test func nobodyThereIsToldInGosWords() async throws {
    let server = try await StandInServer.start { _ in .text("") }
    await server.stop()
    let webhook = try GenericWebhook(WebhookKubeconfig(server: server.url + "/a"))
    #expect(
      await failure(webhook)?.description
        == "Post \"\(server.url)/a?timeout=30s\": dial tcp \(server.address): connect: connection refused")
  }
}
