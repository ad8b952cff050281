import Testing

@testable import Tracing

/// The header fields of W3C Trace Context.
@Suite("trace context")
struct TraceContextTests {
  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test func isReadAndWritten() throws {
    let context = try #require(TraceContext(traceparent: Self.parent, tracestate: ["a=1", "b=2"]))
    #expect(context.traceID.hex == "0af7651916cd43dd8448eb211c80319c")
    #expect(context.spanID == 0xb7ad_6b71_6920_3331)
    #expect(context.isSampled)
    #expect(context.state == "a=1,b=2")
    #expect(context.traceparent == Self.parent)
  }

  @Test(
    "what the recommendation calls invalid is none",
    arguments: [
      "", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
      "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
    ])
  func invalid(text: String) { #expect(TraceContext(traceparent: text) == nil) }

  @Test func laterVersionsMayHaveMore() {
    let text = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what"
    #expect(TraceContext(traceparent: text)?.isSampled == false)
  }

  @Test(
    "a state that can't be read is left out",
    arguments: ["a", "a=1,b", "=1", "a=1=2", "a=\u{7F}", String(repeating: "a=1,", count: 40)])
  func badState(text: String) {
    #expect(TraceContext(traceparent: Self.parent, tracestate: [text])?.state.isEmpty == true)
  }
}
