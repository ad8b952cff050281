import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPService

@Suite struct ValueTests {
  @Test func aTargetIsReadAsGoReadsIt() throws {
    let target = try #require(
      RequestTarget("/api/v1/a%2Fb?labelSelector=a%3Db&limit=1+0&&x;y=1&flag&bad=%z&e="))
    #expect(target.rawPath == "/api/v1/a%2Fb")
    #expect(target.path == "/api/v1/a/b")
    #expect(
      target.query == [
        .init(name: "labelSelector", value: "a=b"), .init(name: "limit", value: "1 0"),
        .init(name: "flag", value: ""), .init(name: "e", value: ""),
      ])
    #expect(target.first("limit") == "1 0")
  }

  @Test func anAbsoluteTargetLosesItsHost() throws {
    let target = try #require(RequestTarget("http://host:80/path?a=b"))
    #expect(target.path == "/path" && target.rawQuery == "a=b")
    #expect(RequestTarget("http://host")?.path == "")
    #expect(RequestTarget("*")?.path == "*")
  }

  @Test(arguments: ["", "path", "/%", "/%4", "/%4g", "/a b", "/\u{7F}", "ftp://host/"])
  func aMalformedTargetIsNone(text: String) { #expect(RequestTarget(text) == nil) }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
  ])
  func datesAreWrittenAsMailDates(second: Int, date: String) { #expect(HTTPDate.text(second) == date) }

  @Test(arguments: [
    ("gzip", true), ("deflate, gzip", true), (" gzip ,br", true), ("gzip;q=0", false), ("x-gzip", false),
    ("", false),
  ])
  func gzipIsUsedWhenItIsNamed(header: String, isAccepted: Bool) {
    #expect(GzipEncoding.isAccepted(["Accept-Encoding": header]) == isAccepted)
  }

  @Test func aCancelledTaskStopsWaitingForADrain() async {
    let signal = DrainSignal()
    let task = Task { await signal.wait() }
    task.cancel()
    await task.value
    #expect(!signal.isDraining)
  }

  @Test func aWholeBodyIsReadOnceAndBounded() async throws {
    let body = HTTPBody(bytes: Array("abc".utf8))
    #expect(String(buffer: try await body.collect(upTo: 3)) == "abc")
    await #expect(throws: HTTPBodyError.tooLarge(limit: 2)) { try await body.collect(upTo: 2) }
    #expect(HTTPBody().isEmpty)
  }
}
