/// What a metric is to a scraper.
public enum MetricType: String, Sendable {
  case counter, gauge, histogram, untyped
}

/// Metrics as text: the text format of Prometheus 0.0.4, or OpenMetrics 1.0.
public struct Exposition {
  public enum Format: Sendable {
    case prometheus, openMetrics

    public var contentType: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
      }
    }
  }

  public let format: Format
  private var text = ""

  public init(_ format: Format) { self.format = format }

  /// Begins a family; its samples follow.
  public mutating func family(_ name: String, _ help: String, _ type: MetricType) {
    var name = name
    var shown = type.rawValue
    if format == .openMetrics {
      // A counter's samples end in _total and its family does not. Kubernetes has counters that don't: as
      // counters they would be renamed, and rules written for one format would not work for the other.
      if type == .counter, name.hasSuffix("_total") {
        name = String(name.dropLast("_total".count))
      } else if type == .counter || type == .untyped {
        shown = "unknown"
      }
    }
    text += "# HELP \(name) \(Self.escaped(help, quotes: format == .openMetrics))\n# TYPE \(name) \(shown)\n"
  }

  /// Writes one value.
  public mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{"
      for (index, label) in labels.enumerated() {
        if index > 0 { text += "," }
        text += "\(label)=\"\(Self.escaped(index < values.count ? values[index] : "", quotes: true))\""
      }
      text += "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// A bucket's bound as its label shows it.
  public func bound(_ value: Double) -> String {
    let text = Self.number(value)
    return format == .openMetrics && !text.contains(where: { ".eI".contains($0) }) ? text + ".0" : text
  }

  /// The whole text.
  public func finished() -> String { format == .openMetrics ? text + "# EOF\n" : text }

  static func number(_ value: Double) -> String {
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value.isNaN { return "NaN" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return text }
    var out = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": out += "\\\\"
      case "\"" where quotes: out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }
}
