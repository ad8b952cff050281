import Authentication
import Schema
import Testing
import Values

/// What asking for such a token for the account `app` fails with.
private func failure(_ object: Value, name: String = "app") async throws -> StatusError? {
  let issuer = try Cluster().tokenIssuer()
  do throws(StatusError) {
    _ = try await issuer.issue(object, namespace: "ns", name: name)
    return nil
  } catch {
    return error
  }
}

private func bound(_ kind: String, _ apiVersion: String, _ name: String, uid: String = "") -> Value {
  [
    "spec": [
      "boundObjectRef": [
        "kind": .string(kind), "apiVersion": .string(apiVersion), "name": .string(name), "uid": .string(uid),
      ]
    ]
  ]
}

@Test func theAnswerIsTheRequestFilledIn() async throws {
  let issued = try await Cluster().tokenIssuer().issue(["kind": "TokenRequest"], namespace: "ns", name: "app")
  #expect(
    issued.value["spec"] == [
      "audiences": [.string(Cluster.issuer)], "expirationSeconds": 3600, "boundObjectRef": .null,
    ])
  #expect(issued.value[path: "metadata", "name"] == "app")
  #expect(issued.value[path: "metadata", "uid"] == "app-uid")
  #expect(issued.warnings.isEmpty)
  #expect(issued.auditAnnotations.keys.contains("authentication.kubernetes.io/issued-credential-id"))
}

@Test func durationsAreBounded() async throws {
  let bad: [(Int64, String)] = [
    (599, "may not specify a duration less than 10 minutes"),
    (-1, "may not specify a duration less than 10 minutes"),
    (4_294_967_297, "may not specify a duration larger than 2^32 seconds"),
  ]
  for (seconds, text) in bad {
    let error = try await failure(["spec": ["expirationSeconds": .int(seconds)]])
    #expect(
      error?.message
        == "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: "
        + "Invalid value: \(seconds): \(text)")
  }
  #expect(try await failure(["spec": ["expirationSeconds": 600]]) == nil)
  #expect(try await failure(["spec": ["expirationSeconds": 4_294_967_296]]) == nil)
  let issued = try await Cluster().tokenIssuer(maximum: 700).issue(
    ["spec": ["expirationSeconds": 800]], namespace: "ns", name: "app")
  #expect(issued.warnings == ["requested expiration of 800 seconds shortened to 700 seconds"])
  #expect(issued.value[path: "spec", "expirationSeconds"] == 700)
}

@Test func requestsThatDontFitAreRefused() async throws {
  let stale =
    "the UID in the bound object reference (x) does not match the UID in record. "
    + "The object might have been deleted and then recreated"
  let bad: [(Value, StatusError)] = [
    (
      ["metadata": ["name": "other"]],
      .invalid(
        TokenRequest.kind, "app",
        [.invalid("metadata.name", "other", "must match the service account name if specified")])
    ),
    (
      ["metadata": ["uid": "x"]],
      .conflict(
        GroupResource(group: "authentication.k8s.io", resource: "TokenRequest"), "app",
        "the UID in the token request (x) does not match the UID of the service account (app-uid)")
    ),
    (
      bound("Deployment", "apps/v1", "d"),
      .badRequest("cannot bind token to object of type apps/v1, Kind=Deployment")
    ),
    (bound("ConfigMap", "v1", "d"), .badRequest("cannot bind token to object of type /v1, Kind=ConfigMap")),
    (bound("", "", "d"), .badRequest("cannot bind token to object of type /, Kind=")),
    (bound("Secret", "v1", ""), .badRequest("Name parameter required.")),
    (bound("Secret", "v1", "none"), .notFound(GroupResource(group: "", resource: "secrets"), "none")),
    (
      bound("Secret", "v1", "s", uid: "x"),
      .conflict(GroupResource(group: "", resource: "Secret"), "s", stale)
    ),
  ]
  for (request, expected) in bad { #expect(try await failure(request) == expected) }
  #expect(
    try await failure(bound("Pod", "v1", "p"), name: "other")
      == .badRequest(
        "cannot bind token for serviceaccount \"other\" to pod running with different serviceaccount name."))
  #expect(
    try await failure([:], name: "ghost")
      == .notFound(GroupResource(group: "", resource: "serviceaccounts"), "ghost"))
}

@Test func aReviewNeedsAToken() async throws {
  await #expect(throws: StatusError.badRequest("token is required for TokenReview in authentication")) {
    _ = try await Cluster().review("")
  }
}

@Test func aReviewTellsWhoseATokenIs() async throws {
  #expect(
    try await Cluster().review("jane-token") == [
      "authenticated": true, "audiences": [.string(Cluster.issuer)],
      "user": [
        "username": "jane", "uid": "jane-uid", "groups": ["developers", "qa", "system:authenticated"],
      ],
    ])
}
