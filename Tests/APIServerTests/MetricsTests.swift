import Testing
import Values

@testable import APIServer

/// /metrics in the text format of Prometheus.
@Suite struct MetricsTests {
  @Test("every line has the form that scrapers read, and every sample its type")
  func wellFormed() async throws {
    let api = try TestAPI()
    _ = await api.get("/api/v1/namespaces/default/configmaps/none")
    _ = await api.create("/api/v1/namespaces/default/configmaps", Example.configMap("a"))
    _ = await api.get("/healthz")
    let reply = await api.get("/metrics")
    #expect(reply[header: "Content-Type"] == "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
    var types: [String: String] = [:]
    var series = Set<String>()
    #expect(reply.text.hasSuffix("\n"))
    for line in reply.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("# TYPE ") {
        #expect(types.updateValue(String(words[3]), forKey: String(words[2])) == nil)
      } else if !line.hasPrefix("#") {
        let name = String(line.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
        let family = ["_bucket", "_sum", "_count"].reduce(name) { name, end in
          name.hasSuffix(end) && types[String(name.dropLast(end.count))] == "histogram"
            ? String(name.dropLast(end.count)) : name
        }
        #expect(types[family] != nil, "\(line)")
        let value = line[(line.lastIndex(of: " ") ?? line.startIndex)...].dropFirst()
        #expect(Double(value) != nil, "\(line)")
        #expect(series.insert(String(line.dropLast(value.count))).inserted, "\(line)")
      }
    }
    #expect(types["apiserver_request_total"] == "counter")
    #expect(types["apiserver_request_duration_seconds"] == "histogram")
    #expect(
      reply.text.contains(
        #"apiserver_request_total{verb="GET",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",code="404"} 1"#
      ))
    #expect(
      reply.text.contains(
        #"apiserver_request_total{verb="POST",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",code="201"} 1"#
      ))
    #expect(reply.text.contains(#"apiserver_resource_objects{group="",resource="configmaps"} 1"#))
  }

  @Test("paths of resources that are not served make no series of their own")
  func cardinality() async throws {
    let api = try TestAPI()
    for i in 0..<50 {
      _ = await api.get("/apis/g\(i).example.com/v1/things\(i)")
      _ = await api.get("/api/v1/namespaces/default/pods/x/sub\(i)")
      _ = await api.ask("M\(i)", "/api/v1/pods")
    }
    let text = await api.get("/metrics").text
    #expect(!text.contains("things7"))
    #expect(!text.contains("g7.example.com"))
    #expect(!text.contains("sub7"))
    #expect(text.contains(#"code="404"} 50"#))
  }
}
