import ArgumentParser
import Drydock

/// Flags about traces of requests.
struct TracingOptions: ParsableArguments {
  @Option(
    help: "A TracingConfiguration: which requests are traced, and the OTLP/HTTP collector of their spans.")
  var tracingConfigFile: String?

  func apply(to settings: inout DrydockConfiguration) throws {
    settings.tracingConfigFile = tracingConfigFile.flatMap { $0.isEmpty ? nil : $0 }
  }
}
