import HTTPService
import Schema

/// How an answer is to be written, from the request's `Accept` header
/// (Kubernetes API concepts, "Alternate representations of resources").
struct OutputFormat: Sendable, Equatable {
  enum Encoding: String, Sendable, CaseIterable {
    case json = "application/json"
    case yaml = "application/yaml"
    case protobuf = "application/vnd.kubernetes.protobuf"
  }

  enum Transform: Sendable, Equatable {
    case none
    case table(version: String)
    case partialMetadata
    case partialMetadataList
  }

  var encoding = Encoding.json
  var transform = Transform.none
  var isPretty = false

  static let mediaTypes = Encoding.allCases.map(\.rawValue)

  /// The format for an object or a list.
  /// - Throws: 406.
  init(_ context: RequestContext, allowsTransforms: Bool = true) throws(StatusError) {
    let accept = context.http.headers["Accept"].joined(separator: ",")
    let clauses = MediaType.accepted(accept.isEmpty ? "*/*" : accept)
    // The real server's router looks at the media types before anything else, with words of its own.
    guard clauses.contains(where: { $0.essence == "*/*" || Self.mediaTypes.contains($0.essence) }) else {
      throw StatusError(
        code: 406, reason: "NotAcceptable",
        message:
          "406: Not Acceptable\n\nAvailable representations: \(Self.mediaTypes.joined(separator: ", "))",
        details: .init())
    }
    guard let (encoding, transform) = Self.choose(clauses, allowsTransforms: allowsTransforms) else {
      throw .notAcceptable(Self.mediaTypes)
    }
    self.encoding = encoding
    self.transform = transform
    isPretty = Self.isPretty(context)
  }

  /// The format for a failure: JSON where the request accepts nothing that is served.
  init(forStatusOf context: RequestContext) {
    let accept = context.http.headers["Accept"].joined(separator: ",")
    let chosen = Self.choose(MediaType.accepted(accept), allowsTransforms: true)
    encoding = chosen?.encoding ?? .json
    isPretty = Self.isPretty(context)
  }

  private static func choose(
    _ clauses: [MediaType], allowsTransforms: Bool
  ) -> (encoding: Encoding, transform: Transform)? {
    for clause in clauses {
      let encoding: Encoding
      switch clause.essence {
      case "*/*", "application/*": encoding = .json
      default:
        guard let known = Encoding(rawValue: clause.essence) else { continue }
        encoding = known
      }
      guard clause.parameters["as"] != nil || clause.parameters["g"] != nil || clause.parameters["v"] != nil
      else { return (encoding, .none) }
      if allowsTransforms, let transform = transform(clause) { return (encoding, transform) }
    }
    return nil
  }

  private static func transform(_ clause: MediaType) -> Transform? {
    guard clause.parameters["g"] == "meta.k8s.io", let version = clause.parameters["v"],
      version == "v1" || version == "v1beta1"
    else { return nil }
    switch clause.parameters["as"] {
    case "Table": return .table(version: version)
    case "PartialObjectMetadata": return .partialMetadata
    case "PartialObjectMetadataList": return .partialMetadataList
    default: return nil
    }
  }

  /// Indented JSON for `?pretty`, and without the parameter for people: browsers, curl and wget.
  private static func isPretty(_ context: RequestContext) -> Bool {
    if let asked = context.query("pretty") { return QueryValues.bool(asked) ?? false }
    let agent = context.http.headers.first(name: "User-Agent") ?? ""
    return ["curl", "Wget", "Mozilla/5.0"].contains { agent.hasPrefix($0) }
  }
}
