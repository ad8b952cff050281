import Metrics
import Testing

/// What scrapers read.
@Suite struct ExpositionTests {
  private func text(_ metric: any Metric, _ format: Exposition.Format = .prometheus) -> String {
    let registry = MetricsRegistry()
    registry.add(metric)
    return registry.text(format)
  }

  @Test("a histogram's buckets add up")
  func histogram() {
    let histogram = Histogram("h", "Help.", labels: ["l"], bounds: [1, 2.5])
    for value in [0.5, 1, 2, 100] { histogram.observe(value, ["x"]) }
    #expect(
      text(histogram) == """
        # HELP h Help.
        # TYPE h histogram
        h_bucket{l="x",le="1"} 2
        h_bucket{l="x",le="2.5"} 3
        h_bucket{l="x",le="+Inf"} 4
        h_sum{l="x"} 103.5
        h_count{l="x"} 4

        """)
    #expect(text(histogram, .openMetrics).contains(#"h_bucket{l="x",le="1.0"} 2"#))
  }

  @Test("values of labels are escaped")
  func escapes() {
    let counter = Counter("c_total", "Help \"1\"\n\\.", labels: ["l"])
    counter.increment(["a\"b\\c\nd"])
    #expect(
      text(counter)
        == "# HELP c_total Help \"1\"\\n\\\\.\n# TYPE c_total counter\nc_total{l=\"a\\\"b\\\\c\\nd\"} 1\n")
  }

  @Test("names are the same in OpenMetrics, whatever the type says of them there")
  func openMetrics() {
    let total = Counter("a_total", "Help.")
    total.increment()
    #expect(text(total, .openMetrics) == "# HELP a Help.\n# TYPE a counter\na_total 1\n# EOF\n")
    let attempts = Counter("authentication_attempts", "Help.")
    #expect(text(attempts).contains("# TYPE authentication_attempts counter"))
    #expect(
      text(attempts, .openMetrics).contains(
        "# TYPE authentication_attempts unknown\nauthentication_attempts 0"))
    let gauge = Gauge("g", "Help.") { [([], .infinity)] }
    #expect(text(gauge, .openMetrics).contains("g +Inf"))
  }

  @Test("metrics stand in the order of their names, and a name is taken once")
  func registry() {
    let registry = MetricsRegistry()
    let counter = registry.counter("b_total", "Help.")
    _ = registry.counter("a_total", "Help.")
    _ = registry.counter("b_total", "Other.")
    counter.increment(by: 2)
    let samples = registry.text(.prometheus).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(samples == ["a_total 0", "b_total 2"])
  }

  @Test("series without end become one")
  func bound() {
    let counter = Counter("c_total", "Help.", labels: ["l"])
    for index in 0..<10_100 { counter.increment(["\(index)"]) }
    let lines = text(counter).split(separator: "\n")
    #expect(lines.count == 2 + 10_001)
    #expect(lines.contains(#"c_total{l="other"} 100"#))
  }

  @Test func boundsGrowByTheirFactor() {
    #expect(Distribution.exponentialBounds(from: 1000, factor: 10, count: 3) == [1_000, 10_000, 100_000])
  }
}
