import Authentication
import Testing
import Values

private func user(_ csv: String, _ token: String) async throws -> UserInfo? {
  var notes = AuthenticationNotes()
  let file = try TokenFileAuthenticator(csv: Array(csv.utf8), path: "tokens.csv")
  return try await file.authenticate(token: token, audiences: nil, &notes)?.user
}

@Test func tokenFilesNameUsersAndGroups() async throws {
  let csv = "a-token,alice,1,\"x,y\"\r\n\nb-token,\"bob \"\"b\"\" b\",2\n,nobody,3\na-token,eve,4\n"
  #expect(try await user(csv, "b-token") == UserInfo(name: "bob \"b\" b", uid: "2"))
  #expect(try await user(csv, "a-token") == UserInfo(name: "eve", uid: "4"), "the last line counts")
  #expect(try await user(csv, "") == nil)
  #expect(try await user(csv, "A-token") == nil)
  #expect(try await user("t,u,i,\"g,h\"", "t")?.groups == ["g", "h"])
}

@Test func malformedTokenFilesAreRefused() async {
  let bad = [
    ("t,u", "token file 'tokens.csv' must have at least 3 columns (token, user name, user uid), found 2"),
    ("t,u\"x,1", "parse error on line 1, column 4: bare \" in non-quoted field"),
    ("t,u,1\nt,\"u,1", "parse error on line 2, column 7: extraneous or missing \" in quoted-field"),
  ]
  for (csv, message) in bad {
    let error = await #expect(throws: TokenFileAuthenticator.FileError.self) { _ = try await user(csv, "t") }
    #expect(error?.description == message)
  }
}

/// Counts how often it is asked.
private actor Counter: TokenAuthenticator {
  var count = 0

  func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    count += 1
    if token == "bad" { throw AuthenticationError("bad") }
    notes.warnings.append("warned")
    return AuthenticationResult(user: UserInfo(name: "u\(count)"), authenticator: "counter")
  }
}

@Test func successesAreCachedForTenSecondsByTokenAndAudience() async throws {
  let counter = Counter()
  let time = Clock()
  let cache = CachedTokenAuthenticator(counter, capacity: 3, now: { time.now })
  func user(_ token: String, _ audiences: [String]? = nil) async throws -> String? {
    var notes = AuthenticationNotes()
    let name = try await cache.authenticate(token: token, audiences: audiences, &notes)?.user.name
    #expect(notes.warnings == ["warned"])
    return name
  }
  #expect(try await user("a") == "u1")
  #expect(try await user("a") == "u1")
  #expect(try await user("a", ["x"]) == "u2")
  #expect(try await user("a", ["x"]) == "u2")
  time.advance(9)
  #expect(try await user("a") == "u1")
  time.advance(1)
  #expect(try await user("a") == "u3")
  for _ in 0..<2 {
    await #expect(throws: AuthenticationError.self) { _ = try await user("bad") }
  }
  #expect(await counter.count == 5, "failures are not cached")
  for i in 0..<10 { _ = try await user("t\(i)") }
  #expect(try await user("t9") == "u15", "the newest is still there")
}
