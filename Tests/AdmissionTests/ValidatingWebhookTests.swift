import HTTPService
import Schema
import Synchronization
import Testing
import Values

@testable import Admission

@Suite struct ValidatingWebhookTests {
  private func cluster(
    _ hooks: [Value], _ answers: [String: @Sendable (Value) throws(HTTPClientError) -> Value]
  ) throws -> (Cluster, FakeHooks) {
    let fake = FakeHooks(answers)
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "v", hooks))
    return (cluster, fake)
  }

  private func refusal(_ hook: Value, _ answer: Value, dryRun: Bool = false) async throws -> StatusError? {
    let (cluster, _) = try cluster([hook], ["/h": { _ in answer }])
    do throws(StatusError) {
      try await cluster.create(.configMap(), dryRun: dryRun)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      (["allowed": false], 400, "", " without explanation"),
      (["allowed": false, "status": ["message": "no", "code": 403]], 403, "", ": no"),
      (["allowed": false, "status": ["reason": "Forbidden", "code": 200]], 400, "Forbidden", ": Forbidden"),
    ] as [(Value, Int, String, String)])
  func denialsAreTold(answer: Value, code: Int, reason: String, end: String) async throws {
    let error = try await refusal(.hook("h"), answer)
    #expect(error?.code == code)
    #expect(error?.reason == reason)
    #expect(error?.message == "admission webhook \"h.example.com\" denied the request" + end)
  }

  @Test(
    arguments: [
      (["uid": "other", "allowed": true], "expected response.uid=UID, got \"other\""),
      (["allowed": true, "patch": "W10="], "validating webhook may not return response.patch"),
      (["allowed": true, "patchType": "JSONPatch"], "validating webhook may not return response.patchType"),
    ] as [(Value, String)])
  func answersAreChecked(answer: Value, text: String) async throws {
    let error = try await refusal(.hook("h"), answer)
    let start =
      "Internal error occurred: failed calling webhook \"h.example.com\": received invalid webhook "
      + "response: "
    #expect(error?.code == 500)
    let told = error?.message ?? ""
    #expect(told.hasPrefix(start))
    #expect(told.hasSuffix(String(text.split(separator: "UID").last ?? "")))
  }

  @Test(
    arguments: [
      (404, "", "the server could not find the requested resource"),
      (500, " boom\n", "an error on the server (\"boom\") has prevented the request from succeeding"),
      (302, "", "the server responded with the status code 302 but did not return more information"),
    ] as [(Int64, String, String)])
  func badStatusesAreFailedCalls(status: Int64, body: String, text: String) async throws {
    let error = try await refusal(.hook("h"), ["http": .int(status), "text": .string(body)])
    #expect(
      error?.message == "Internal error occurred: failed calling webhook \"h.example.com\": failed to call "
        + "webhook: \(text)")
  }

  @Test func failurePolicyLetsPass() async throws {
    let (cluster, _) = try cluster([.hook("down", ["failurePolicy": "Ignore"])], [:])
    try await cluster.create(.configMap())
    #expect(
      cluster.notes.annotations["failed-open.validating.webhook.admission.k8s.io/round_0_index_0"]
        == "down.example.com")
    // A denial is no failure.
    let error = try await refusal(.hook("h", ["failurePolicy": "Ignore"]), ["allowed": false])
    #expect(error?.code == 400)
  }

  @Test(
    arguments: [
      ("not json", "application/json", "couldn't get version/kind; json parse error: "),
      ("", "application/json", "0-length response with status code: 200 and content type: application/json"),
      ("<html>", "text/html", "serializer for text/html doesn't exist"),
      (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, "", ""),
      (
        #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"x","allowed":"yes"}}"#,
        "application/json",
        "json: cannot unmarshal string into Go struct field AdmissionReview.response.allowed of type bool"
      ),
      (
        #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"not today","code":503}"#,
        "application/json", "not today"
      ),
    ] as [(String, String, String)])
  func answersThatAreNoneAreFailedCalls(body: String, type: String, text: String) async throws {
    let (cluster, _) = try cluster(
      [.hook("h")], ["/h": { _ in ["raw": .string(body), "type": .string(type)] }])
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
    let start = "Internal error occurred: failed calling webhook \"h.example.com\": "
    let expected =
      text.isEmpty
      ? start + "received invalid webhook response: webhook response was absent"
      : start + "failed to call webhook: " + text
    #expect(refusal?.hasPrefix(expected) == true, "\(refusal ?? "")")
  }

  @Test(
    arguments: [
      ("Review", "admission.k8s.io/v1", "admission.k8s.io/v1, Kind=Review"),
      ("AdmissionReview", "admission.k8s.io/v1beta1", "admission.k8s.io/v1beta1, Kind=AdmissionReview"),
      ("", "", "/, Kind="),
    ]) func answersAreOfTheVersionThatWasAsked(kind: String, version: String, got: String) async throws
  {
    let (cluster, _) = try cluster(
      [.hook("h")],
      ["/h": { _ in ["allowed": true, "kind": .string(kind), "apiVersion": .string(version)] }])
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
    #expect(
      refusal
        == "Internal error occurred: failed calling webhook \"h.example.com\": received invalid webhook "
        + "response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got \(got)")
  }

  @Test func hooksThatAskForATimeAreAskedAgain() async throws {
    let count = Mutex(0)
    let (cluster, fake) = try cluster(
      [.hook("h")],
      [
        "/h": { _ in
          let number = count.withLock { count in
            count += 1
            return count
          }
          return number < 3 ? ["http": 503, "retry": "0"] : ["allowed": true]
        }
      ])
    try await cluster.create(.configMap())
    #expect(fake.calls.count == 3)
  }

  @Test func dryRunsNeedHooksWithoutSideEffects() async throws {
    let error = try await refusal(
      .hook("h", ["sideEffects": "Some", "failurePolicy": "Ignore"]), ["allowed": true], dryRun: true)
    #expect(error?.message == "admission webhook \"h.example.com\" does not support dry run")
    #expect(error?.code == 400)
    #expect(
      try await refusal(.hook("h", ["sideEffects": "NoneOnDryRun"]), ["allowed": true], dryRun: true) == nil)
  }

  @Test func warningsAndAnnotationsReachTheClientAndTheLog() async throws {
    let (cluster, _) = try cluster(
      [.hook("h")],
      ["/h": { _ in ["allowed": true, "warnings": ["careful"], "auditAnnotations": ["why": "because"]] }])
    try await cluster.create(.configMap())
    #expect(cluster.notes.warnings == ["careful"])
    #expect(cluster.notes.annotations["h.example.com/why"] == "because")
  }

  @Test func olderReviewsAreAskedWhereOnlyTheyAreTaken() async throws {
    let (cluster, _) = try cluster(
      [.hook("h", ["admissionReviewVersions": ["v2", "v1beta1"]])],
      ["/h": { _ in ["uid": "anything", "allowed": true] }])
    try await cluster.create(.configMap())
    let error = try await refusal(.hook("h", ["admissionReviewVersions": ["v2"]]), ["allowed": true])
    #expect(
      error?.message.hasSuffix("webhook does not accept known AdmissionReview versions (v1, v1beta1)") == true
    )
  }

  @Test func firstInOrderIsTold() async throws {
    let fake = FakeHooks([
      "/a": { _ in ["allowed": false, "status": ["message": "a"]] },
      "/b": { _ in ["allowed": false, "status": ["message": "b"]] },
    ])
    let cluster = try Cluster {
      $0.mutatingClients = fake
      $0.validatingClients = fake
    }
    cluster.put(.configuration("Validating", "y", [.hook("b")]))
    cluster.put(.configuration("Validating", "x", [.hook("a")]))
    let refusal = await cluster.refusal { () throws(StatusError) in try await cluster.create(.configMap()) }
    #expect(refusal == "admission webhook \"a.example.com\" denied the request: a")
    #expect(Set(fake.calls.map(\.path)) == ["/a", "/b"])
  }

  @Test func configurationsCountAtOnceAndAreExemptThemselves() async throws {
    let (cluster, fake) = try cluster(
      [.hook("h", resources: ["*"])], ["/h": { _ in ["allowed": true] }])
    try await cluster.create(.configMap())
    try await cluster.create(.configuration("Validating", "other", []))
    #expect(fake.calls.count == 1)
    cluster.put(.configuration("Validating", "v", []))
    try await cluster.create(.configMap("d"))
    #expect(fake.calls.count == 1)
  }
}
