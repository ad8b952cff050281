import Metrics

/// In which text form metrics are asked for.
enum MetricsFormat {
  /// OpenMetrics where it is asked for by name and ranks first among the forms that are known.
  static func accepted(_ header: String) -> Exposition.Format {
    for clause in MediaType.accepted(header) {
      switch clause.essence {
      case "application/openmetrics-text": return .openMetrics
      case "text/plain", "*/*", "text/*": return .prometheus
      default: continue
      }
    }
    return .prometheus
  }
}
