import Authentication
import Security
import Testing
import Values

/// Tokens that nobody sends in good faith are refused, in bounded time, and are in no message.
struct HostileBearerTokenTests {
  private static func url(_ text: String) -> String {
    Base64.encode(Array(text.utf8), alphabet: .url, padding: false)
  }

  private static let header = url(#"{"alg":"RS256","typ":"JWT"}"#)
  private static let issued = #"{"iss":"\#(Cluster.issuer)","sub":"system:serviceaccount:ns:app"}"#

  /// What it is, and the token.
  private static let tokens: [(String, String)] = [
    ("long", String(repeating: "a", count: 2_000_000)),
    ("long claims", "\(header).\(url(String(repeating: "x", count: 1_500_000))).AAAA"),
    ("segments", Array(repeating: "e30", count: 10_000).joined(separator: ".")),
    ("dots", String(repeating: ".", count: 10_000)),
    ("no base64", "\(header).!!!!.AAAA"),
    ("padded", "\(header)==.\(url(issued))==.AAAA"),
    ("half a character", "\(header).\(url(issued).dropLast()).A"),
    (
      "deep claims",
      "\(header).\(url(#"{"iss":"\#(Cluster.issuer)","a":"# + String(repeating: "[", count: 50_000))).AAAA"
    ),
    (
      "deep and whole",
      header + "."
        + url(
          #"{"iss":"\#(Cluster.issuer)","a":"# + String(repeating: "[", count: 20_000)
            + String(repeating: "]", count: 20_000) + "}") + ".AAAA"
    ),
    ("no signature", "\(header).\(url(issued))."),
    ("unsigned", "\(url(#"{"alg":"none"}"#)).\(url(issued))."),
    ("shared key", "\(url(#"{"alg":"HS256"}"#)).\(url(issued)).AAAA"),
    ("key of its own", "\(url(#"{"alg":"ES256","jwk":{"kty":"EC"}}"#)).\(url(issued)).AAAA"),
    ("critical", "\(url(#"{"alg":"ES256","crit":["b64"],"b64":false}"#)).\(url(issued)).AAAA"),
    ("header is a list", "\(url("[]")).\(url(issued)).AAAA"),
    ("claims are a number", "\(header).\(url("7")).AAAA"),
    ("not UTF-8", "\(header).\(Base64.encode([0xFF, 0xFE], alphabet: .url, padding: false)).AAAA"),
  ]

  @Test(arguments: tokens)
  func isRefused(what: String, token: String) async throws {
    let cluster = try Cluster()
    let error = await #expect(throws: AuthenticationError.self) { _ = try await cluster.user(bearer: token) }
    let text = error?.description ?? ""
    #expect(text.utf8.count < 300, "\(what): \(text.prefix(300))")
    #expect(!text.contains(token.prefix(100)) || token.count < 3)
    #expect(try await cluster.review(token)["authenticated"] == nil)
  }

  @Test(arguments: tokens)
  func isRefusedAsASubprotocol(what: String, token: String) async throws {
    let cluster = try Cluster()
    let item = "base64url.bearer.authorization.k8s.io.\(Self.url(token))"
    var notes = AuthenticationNotes()
    let request = AuthenticationRequest(headers: [
      "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v4.channel.k8s.io, \(item)",
    ])
    await #expect(throws: AuthenticationError.self) {
      _ = try await cluster.chain.authenticate(request, &notes)
    }
  }
}
