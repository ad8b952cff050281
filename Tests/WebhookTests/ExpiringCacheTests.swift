import Testing
import Values
import Webhook

@Suite struct ExpiringCacheTests {
  private let start = Timestamp(seconds: 1_800_000_000)

  @Test func valuesLiveForTheirTime() {
    let cache = ExpiringCache<String, Int>(capacity: 10)
    cache.set(1, for: "a", seconds: 5, at: start)
    cache.set(2, for: "b", seconds: 0, at: start)
    #expect(cache.value(for: "a", at: start.adding(seconds: 4)) == 1)
    #expect(cache.value(for: "a", at: start.adding(seconds: 5)) == nil)
    #expect(cache.value(for: "b", at: start) == nil)
    #expect(cache.count == 0)
  }

  @Test func whatWasUsedLastStays() {
    let cache = ExpiringCache<Int, Int>(capacity: 100)
    for key in 0..<100 { cache.set(key, for: key, seconds: 60, at: start) }
    #expect(cache.value(for: 0, at: start) == 0)
    for key in 100..<110 { cache.set(key, for: key, seconds: 60, at: start) }
    #expect(cache.count <= 100)
    #expect(cache.value(for: 0, at: start) == 0)
    #expect(cache.value(for: 1, at: start) == nil)
    #expect(cache.value(for: 109, at: start) == 109)
  }
}
