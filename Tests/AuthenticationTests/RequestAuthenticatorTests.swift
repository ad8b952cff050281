import Authentication
import Testing
import Values

private func authenticate(_ headers: HeaderFields) async throws -> (UserInfo?, AuthenticationNotes) {
  var notes = AuthenticationNotes()
  let user = try await Cluster().chain.authenticate(AuthenticationRequest(headers: headers), &notes)?.user
  return (user, notes)
}

@Test func bearerTokensAreTakenFromTheAuthorizationField() async throws {
  for field in [
    "Bearer jane-token", "bearer jane-token", "BEARER jane-token ", "Bearer jane-token admin-token",
  ] {
    let (user, _) = try await authenticate(["authorization": field])
    #expect(
      user == UserInfo(name: "jane", uid: "jane-uid", groups: ["developers", "qa", "system:authenticated"]))
  }
}

@Test func otherCredentialsAreAnonymous() async throws {
  for field in ["Basic amFuZTpqYW5l", "Digest jane", "Bearer", "", "jane-token"] {
    let (user, notes) = try await authenticate(["Authorization": field])
    #expect(user == UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"]))
    #expect(notes.warnings.isEmpty)
  }
}

@Test func aSpaceTooManyIsWarnedOfOnce() async throws {
  let (user, notes) = try await authenticate(["Authorization": "Bearer  jane-token"])
  #expect(user?.name == "system:anonymous")
  #expect(
    notes.warnings == [
      "the provided Authorization header contains extra space before the bearer token, and is ignored"
    ])
}

@Test func aBadTokenIsNeverAnonymous() async throws {
  await #expect(throws: AuthenticationError("invalid bearer token")) {
    _ = try await authenticate(["Authorization": "Bearer nope"])
  }
}

@Test func anonymousCanBeLimitedToPaths() async throws {
  var notes = AuthenticationNotes()
  let open = AnonymousAuthenticator(conditionPaths: ["/healthz"])
  #expect(try await open.authenticate(AuthenticationRequest(path: "/healthz"), &notes) != nil)
  #expect(try await open.authenticate(AuthenticationRequest(path: "/healthz/ping"), &notes) == nil)
}

@Test func browsersSendTheTokenAsASubprotocol() async throws {
  let token = Base64.encode(Array("jane-token".utf8), alphabet: .url, padding: false)
  let item = "base64url.bearer.authorization.k8s.io.\(token)"
  func headers(_ protocols: String) -> HeaderFields {
    ["Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": protocols]
  }
  var notes = AuthenticationNotes()
  let request = AuthenticationRequest(headers: headers("v4.channel.k8s.io, \(item)"))
  let result = try await Cluster().chain.authenticate(request, &notes)
  #expect(result?.user.name == "jane")

  let bad = [
    (item, "missing additional subprotocol"),
    ("x, \(item), \(item)", "multiple base64.bearer.authorization tokens specified"),
    ("x, base64url.bearer.authorization.k8s.io.?", "invalid base64.bearer.authorization token encoding"),
    ("x, base64url.bearer.authorization.k8s.io._w", "invalid base64.bearer.authorization token"),
  ]
  for (protocols, message) in bad {
    await #expect(throws: AuthenticationError(message)) { _ = try await authenticate(headers(protocols)) }
  }
}

@Test func headerFieldsIgnoreCase() {
  let headers: HeaderFields = ["X-Remote-Extra-Scopes": "a", "x-remote-extra-scopes": "b", "Accept": "c"]
  #expect(headers.values("X-REMOTE-EXTRA-SCOPES") == ["a", "b"])
  #expect(headers.suffixes(of: "x-remote-extra-").map(\.suffix) == ["scopes", "scopes"])
}
