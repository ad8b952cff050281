/// Decides which requests are traced, and hands their spans on.
public final class Tracer: Sendable {
  private let samplingRatePerMillion: Int64
  private let exporter: SpanExporter

  /// - Parameter samplingRatePerMillion: of so many among a million requests that name no trace; those that belong to
  ///   a trace which is recorded are recorded always.
  public init(samplingRatePerMillion: Int64, exporter: SpanExporter) {
    self.samplingRatePerMillion = samplingRatePerMillion
    self.exporter = exporter
  }

  /// Whether a new trace is recorded: the same for all servers that are set up alike
  /// (OpenTelemetry specification, "TraceIdRatioBased").
  func samples(_ traceID: TraceID) -> Bool {
    if samplingRatePerMillion >= 1_000_000 { return true }
    if samplingRatePerMillion <= 0 { return false }
    let bound = UInt64(Double(samplingRatePerMillion) / 1e6 * Double(UInt64(1) << 63))
    return traceID.low >> 1 < bound
  }

  func record(_ span: Span) { exporter.add(span) }

  /// Sends what waits.
  public func shutdown(within grace: Duration) async { await exporter.shutdown(within: grace) }
}
