import Testing

@testable import Tracing

@Suite("tracing configuration")
struct TracingConfigurationTests {
  private static let head = "apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n"

  @Test(arguments: [
    ("", "http://localhost:4318/v1/traces"), ("endpoint: collector:4318", "http://collector:4318/v1/traces"),
    ("endpoint: https://collector/spans", "https://collector/spans"),
    ("endpoint: dns:///collector:4318", "http://collector:4318/v1/traces"),
    ("endpoint: dns://10.0.0.1/collector:4318", "http://collector:4318/v1/traces"),
  ])
  func endpoint(line: String, url: String) throws {
    let read = try TracingConfiguration(yaml: Array((Self.head + line).utf8))
    #expect(read.endpoint == url)
    #expect(read.samplingRatePerMillion == 0)
  }

  @Test func rate() throws {
    let text =
      "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: TracingConfiguration\nsamplingRatePerMillion: 100"
    #expect(try TracingConfiguration(yaml: Array(text.utf8)).samplingRatePerMillion == 100)
  }

  @Test(arguments: [
    (
      "samplingRatePerMillion: -1", "line 3: samplingRatePerMillion: Invalid value: -1: sampling rate must be"
    ),
    ("samplingRatePerMillion: 1000001", "less than or equal to one million"),
    ("samplingRatePerMillion: many", "must be a number"),
    ("endpoint: unix:///tmp/x", "line 3: endpoint: Invalid"),
    ("endpoint: 'http://user@host'", "endpoint: Invalid value"), ("endpoint: ''", "endpoint: Invalid value"),
    ("endPoint: a", "line 3: endPoint: unknown field"), ("endpoint: a\nendpoint: b", "already set"),
  ])
  func mistakes(line: String, message: String) {
    let error = #expect(throws: TracingConfigurationError.self) {
      try TracingConfiguration(yaml: Array((Self.head + line).utf8))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func otherKinds() {
    #expect(throws: TracingConfigurationError.self) {
      try TracingConfiguration(yaml: Array("kind: TracingConfiguration".utf8))
    }
  }
}
