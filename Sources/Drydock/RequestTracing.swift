import HTTPService
import Logging
import NIOHTTP1
import Security
import Tracing
import Values

/// Puts the tracing together that `--tracing-config-file` asks for.
enum RequestTracing {
  /// How long a collector may take to answer.
  private static let timeout = Duration.seconds(10)
  /// What a collector says to spans.
  private static let maximumAnswerBytes = 64 << 10

  /// - Returns: nil where nothing is to be recorded.
  /// - Throws: what is wrong with the file, in one line.
  static func tracer(_ file: String?, logger: Logger) throws(ConfigurationError) -> Tracer? {
    guard let file, !file.isEmpty else { return nil }
    let bytes = try Files.read(file, flag: "--tracing-config-file")
    let settings: TracingConfiguration
    do throws(TracingConfigurationError) {
      settings = try TracingConfiguration(yaml: bytes)
    } catch {
      throw ConfigurationError("--tracing-config-file: \(file): \(error.description)")
    }
    let client: HTTPClient
    do throws(SecurityError) { client = try HTTPClient() } catch {
      throw ConfigurationError("--tracing-config-file: \(error.description)")
    }
    let logger = logger.of(.tracing)
    let exporter = SpanExporter(
      resource: [
        ("service.name", .string("apiserver")),
        ("service.instance.id", .string("apiserver-\(RandomText.uuid())")),
      ],
      didLose: { [logger] count, reason in logger.warning("\(count) spans are lost: \(reason)") }
    ) { [logger] body in await deliver(body, to: settings.endpoint, client, logger) }
    return Tracer(samplingRatePerMillion: settings.samplingRatePerMillion, exporter: exporter)
  }

  /// Posts spans (OTLP specification, "OTLP/HTTP Response").
  private static func deliver(
    _ body: [UInt8], to url: String, _ client: HTTPClient, _ logger: Logger
  ) async -> SpanExporter.Delivery {
    do throws(HTTPClientError) {
      let answer = try await client.send(
        ClientRequest(
          .POST, url, headers: ["Content-Type": "application/json", "User-Agent": "drydock"], body: body,
          timeout: timeout, maximumResponseBytes: maximumAnswerBytes))
      switch answer.status {
      case 200..<300: return .delivered
      case 429, 502, 503, 504:
        let seconds = Int64(answer.headers.first(name: "Retry-After") ?? "")
        return .retry(after: seconds.map { .seconds(min(max($0, 0), 60)) })
      default: return .refused("the collector answered \(answer.status)")
      }
    } catch {
      logger.debug("spans can't be posted", metadata: ["err": "\(error.description)"])
      return .retry(after: nil)
    }
  }
}
