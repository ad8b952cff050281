import Values

/// Why a tracing configuration can't be used, in one line.
public struct TracingConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// The file of `--tracing-config-file` (apiserver.config.k8s.io, kind TracingConfiguration; Kubernetes
/// documentation, "Traces For Kubernetes System Components").
public struct TracingConfiguration: Sendable, Equatable {
  /// Where spans are posted: `http://` or `https://` with the path.
  public var endpoint: String
  /// How many of a million requests that belong to no trace are recorded.
  public var samplingRatePerMillion: Int64

  private static let versions: Set = [
    "apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1", "apiserver.config.k8s.io/v1alpha1",
  ]
  private static let fields: Set = ["apiVersion", "kind", "endpoint", "samplingRatePerMillion"]
  /// The path of OTLP/HTTP's default URLs.
  private static let path = "/v1/traces"
  private static let defaultAddress = "localhost:4318"

  /// Reads the file: YAML or JSON.
  /// - Throws: what is wrong, with the line of the file where it is known.
  public init(yaml bytes: [UInt8]) throws(TracingConfigurationError) {
    var duplicates: [String]? = []
    let value: Value
    do throws(YAML.SyntaxError) {
      value = try YAML.parse(bytes, duplicates: &duplicates)
    } catch {
      throw TracingConfigurationError(error.message)
    }
    if let duplicates, !duplicates.isEmpty {
      throw TracingConfigurationError(YAML.duplicatesError(duplicates).message)
    }
    func fail(_ field: String, _ text: String) -> TracingConfigurationError {
      let line = YAML.line(of: [.key(field)], in: bytes).map { "line \($0): " } ?? ""
      return TracingConfigurationError("\(line)\(field): \(text)")
    }
    guard let object = value.object, object["kind"]?.string == "TracingConfiguration",
      Self.versions.contains(object["apiVersion"]?.string ?? "")
    else {
      throw TracingConfigurationError(
        "no TracingConfiguration of apiserver.config.k8s.io/v1, v1beta1 or v1alpha1")
    }
    for (key, _) in object where !Self.fields.contains(key) {
      throw fail(key, "unknown field")
    }
    switch object["samplingRatePerMillion"] {
    case nil, .null?: samplingRatePerMillion = 0
    case .int(let rate)? where rate < 0:
      throw fail("samplingRatePerMillion", "Invalid value: \(rate): sampling rate must be positive")
    case .int(let rate)? where rate > 1_000_000:
      throw fail(
        "samplingRatePerMillion",
        "Invalid value: \(rate): sampling rate per million must be less than or equal to one million")
    case .int(let rate)?: samplingRatePerMillion = rate
    default: throw fail("samplingRatePerMillion", "must be a number")
    }
    switch object["endpoint"] {
    case nil, .null?: endpoint = "http://\(Self.defaultAddress)\(Self.path)"
    case .string(let text)?:
      guard let read = Self.url(text) else {
        throw fail(
          "endpoint",
          "Invalid value: \(GoText.quoted(text)): must be host:port, or a URL of http, https or dns")
      }
      endpoint = read
    default: throw fail("endpoint", "must be a string")
    }
  }

  /// An endpoint as the URL to post to: without a scheme plain HTTP, without a path OTLP's.
  private static func url(_ text: String) -> String? {
    var scheme = "http"
    var rest = text[...]
    if let end = text.firstRange(of: "://") {
      scheme = String(text[..<end.lowerBound])
      rest = text[end.upperBound...]
      // gRPC's way of writing that a name is looked up: dns://RESOLVER/host:port
      if scheme == "dns" {
        scheme = "http"
        if let slash = rest.firstIndex(of: "/") { rest = rest[slash...].dropFirst() }
      }
    }
    let isFit = rest.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>\\^`{|}@".utf8.contains($0) }
    guard ["http", "https"].contains(scheme), isFit, let first = rest.first, first != "/", first != ":" else {
      return nil
    }
    return "\(scheme)://\(rest)" + (rest.contains("/") ? "" : path)
  }
}
