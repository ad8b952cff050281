import Schema
import Testing
import Values

import Store

@Suite struct ContinueTokenTests {
  private func token(_ json: String) -> String {
    Base64.encode(Array(json.utf8), alphabet: .url, padding: false)
  }

  private func failure(_ text: String) -> String? {
    do throws(StoreError) {
      _ = try ContinueToken(text: text)
      return nil
    } catch {
      guard case .invalidContinue(let message) = error else { return nil }
      return message
    }
  }

  @Test func theTextIsThatOfTheRealServer() throws {
    let one = ContinueToken(revision: 12, start: "ns/name\0")
    let json = #"{"v":"meta.k8s.io/v1","rv":12,"start":"ns/name\u0000"}"#
    #expect(one.text == token(json))
    #expect(try ContinueToken(text: one.text) == one)
    #expect(
      try ContinueToken(text: one.inconsistent.text) == ContinueToken(revision: nil, start: "ns/name\0"))
    #expect(one.inconsistent.text == token(json.replacing("12", with: "-1")))
  }

  @Test func aLeadingSlashDoesNotCount() throws {
    let text = token(#"{"v":"meta.k8s.io/v1","rv":1,"start":"/a/b"}"#)
    #expect(try ContinueToken(text: text).start == "a/b")
  }

  @Test(arguments: [
    ("abc", "invalid character 'i' looking for beginning of value"),
    ("a", "illegal base64 data at input byte 0"),
    ("ab=c", "illegal base64 data at input byte 2"),
    ("", "unexpected end of JSON input"),
  ])
  func whatIsNoTokenIsRefused(text: String, reason: String) {
    #expect(failure(text) == "continue key is not valid: \(reason)")
  }

  @Test(arguments: [
    (#"{}"#, ": server does not recognize this encoded version "),
    (#"null"#, ": server does not recognize this encoded version "),
    (#"{"v":"v2"}"#, ": server does not recognize this encoded version v2"),
    (#"{"v":"meta.k8s.io/v1"}"#, ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
    (#"{"v":"meta.k8s.io/v1","rv":1}"#, ": encoded start key empty (version meta.k8s.io/v1)"),
    (#"{"v":"meta.k8s.io/v1","rv":1,"start":"../a"}"#, ": ../a"),
    (#"{"v":"meta.k8s.io/v1","rv":1,"start":"a//b"}"#, ": a//b"),
    (#"{"v":"meta.k8s.io/v1","rv":1,"start":"a/"}"#, ": a/"),
    (#"[]"#, ": json: cannot unmarshal array into Go value of type storage.continueToken"),
    (#"{"v":7}"#, ": json: cannot unmarshal number into Go struct field continueToken.v of type string"),
    (
      #"{"v":"meta.k8s.io/v1","rv":1.5}"#,
      ": json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64"
    ),
    (
      #"{"v":"meta.k8s.io/v1","rv":"1"}"#,
      ": json: cannot unmarshal string into Go struct field continueToken.rv of type int64"
    ),
  ])
  func aTokenThatNoServerMadeIsRefused(json: String, reason: String) {
    #expect(failure(token(json)) == "continue key is not valid\(reason)")
  }

  @Test func clientsSeeTheFailure() {
    let status = StoreError.invalidContinue(failure("abc") ?? "").status(pods, "")
    #expect(status.code == 400)
    #expect(
      status.message
        == "invalid continue token: continue key is not valid: invalid character 'i' looking for "
        + "beginning of value")
    let future = StoreError.futureRevision(requested: 9, current: 5).status(pods, "")
    #expect(future.code == 504)
    #expect(future.message == "Timeout: Too large resource version: 9, current: 5")
    #expect(future.details?.retryAfterSeconds == 1)
    let expired = StoreError.expired(requested: 3, oldest: 5).status(pods, "")
    #expect(expired.code == 410)
    #expect(expired.message == "too old resource version: 3 (5)")
  }
}
