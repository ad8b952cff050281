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
    case partialMetadata(version: String)
    case partialMetadataList(version: String)
  }

  var encoding = Encoding.json
  var transform = Transform.none
  var isPretty = false

  static let plainJSON = OutputFormat()

  private init() {}

  static let mediaTypes = Encoding.allCases.map(\.rawValue)
  /// The types of watches, as errors name them.
  private static let streamTypes = [Encoding.json, .protobuf].map { "\($0.rawValue);stream=watch" }

  /// What an endpoint can answer with.
  struct Abilities: OptionSet {
    let rawValue: Int

    /// Table and PartialObjectMetadata.
    static let transforms = Abilities(rawValue: 1)
    /// The object itself in protobuf: every built-in kind has such a form, no custom one.
    static let protobuf = Abilities(rawValue: 2)
  }

  /// The format for an object or a list.
  /// - Throws: 406.
  init(_ context: RequestContext, allowsTransforms: Bool = true) throws(StatusError) {
    try Self.checkRoute(context)
    guard let chosen = Self.negotiate(context, allowsTransforms) else {
      throw .notAcceptable(Self.mediaTypes)
    }
    self = chosen
    isPretty = isPretty || Self.isPretty(context)
  }

  /// The format for a document that no router guards.
  /// - Throws: 406.
  init(unroutedDocumentOf context: RequestContext) throws(StatusError) {
    guard let chosen = Self.negotiate(context, false) else { throw .notAcceptable(Self.mediaTypes) }
    self = chosen
    isPretty = isPretty || Self.isPretty(context)
  }

  /// The format for the events of a watch: YAML can't be streamed, and nothing is indented.
  /// - Throws: 406.
  init(forWatchOf context: RequestContext) throws(StatusError) {
    try Self.checkRoute(context)
    guard let chosen = Self.negotiate(context, true), chosen.encoding != .yaml else {
      throw .notAcceptable(Self.streamTypes)
    }
    self = chosen
    isPretty = false
  }

  /// The format for a failure: JSON where the request accepts nothing that is served.
  init(forStatusOf context: RequestContext) {
    let accept = context.http.headers["Accept"].joined(separator: ",")
    self =
      Self.isPlain(accept) ? .plainJSON : Self.choose(MediaType.accepted(accept), .protobuf) ?? .plainJSON
    isPretty = isPretty || Self.isPretty(context)
  }

  /// What most clients send needs no weighing.
  private static func isPlain(_ accept: String) -> Bool {
    accept.isEmpty || accept == Encoding.json.rawValue || accept == "*/*"
  }

  /// The real server's router looks at the media types before anything else, with words of its own and to the
  /// letter. Custom resources don't pass it.
  /// - Parameter produces: what the path can answer with, where that is not the usual.
  /// - Throws: 406.
  static func checkRoute(_ context: RequestContext, produces: [String]? = nil) throws(StatusError) {
    let accept = context.http.headers.first(name: "Accept") ?? ""
    if isPlain(accept) && produces == nil || context.isForCustomResource { return }
    let isStreamed = ["list", "watch"].contains(context.info.verb)
    let available = produces ?? (isStreamed ? mediaTypes + streamTypes : mediaTypes)
    if accept.isEmpty || MediaType.essences(accept).contains(where: { $0 == "*/*" || available.contains($0) })
    {
      return
    }
    throw StatusError(
      code: 406, reason: "NotAcceptable",
      message: "406: Not Acceptable\n\nAvailable representations: \(available.joined(separator: ", "))",
      details: .init())
  }

  private static func negotiate(_ context: RequestContext, _ allowsTransforms: Bool) -> OutputFormat? {
    let accept = context.http.headers["Accept"].joined(separator: ",")
    if isPlain(accept) { return .plainJSON }
    var abilities: Abilities = allowsTransforms ? [.transforms] : []
    if !context.isForCustomResource { abilities.insert(.protobuf) }
    return choose(MediaType.accepted(accept), abilities)
  }

  /// The first clause that can be served.
  private static func choose(_ clauses: [MediaType], _ abilities: Abilities) -> OutputFormat? {
    for clause in clauses {
      var format = OutputFormat.plainJSON
      switch clause.essence {
      case "*/*", "application/*": break
      default:
        guard let known = Encoding(rawValue: clause.essence) else { continue }
        format.encoding = known
      }
      let parameters = clause.parameters
      if let stream = parameters["stream"], !stream.isEmpty {
        // YAML is never streamed.
        if stream != "watch" || format.encoding == .yaml { continue }
      }
      if let version = parameters["sv"], !version.isEmpty, version != "v1" { continue }
      format.isPretty = parameters["pretty"] == "1"
      if parameters["as"] == nil, parameters["g"] == nil, parameters["v"] == nil {
        if format.encoding == .protobuf, !abilities.contains(.protobuf) { continue }
        return format
      }
      guard abilities.contains(.transforms), let transform = transform(clause) else { continue }
      // A table has no protobuf form.
      if case .table = transform, format.encoding == .protobuf { continue }
      format.transform = transform
      return format
    }
    return nil
  }

  private static func transform(_ clause: MediaType) -> Transform? {
    guard clause.parameters["g"] == "meta.k8s.io", let version = clause.parameters["v"],
      version == "v1" || version == "v1beta1"
    else { return nil }
    switch clause.parameters["as"] {
    case "Table": return .table(version: version)
    case "PartialObjectMetadata": return .partialMetadata(version: version)
    case "PartialObjectMetadataList": return .partialMetadataList(version: version)
    default: return nil
    }
  }

  /// Indented JSON for `?pretty`, and without the parameter for people: browsers, curl and wget.
  private static func isPretty(_ context: RequestContext) -> Bool {
    if let asked = context.query("pretty"), !asked.isEmpty { return QueryValues.strictBool(asked) ?? false }
    let agent = context.http.headers.first(name: "User-Agent") ?? ""
    return ["curl", "Wget", "Mozilla/5.0"].contains { agent.hasPrefix($0) }
  }
}
