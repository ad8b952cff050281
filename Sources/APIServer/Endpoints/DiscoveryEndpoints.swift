import HTTPService
import Schema
import Security
import Values

/// `/`, `/api`, `/apis` and what lists groups, versions and resources below them
/// (Kubernetes API concepts, "API Discovery").
struct DiscoveryEndpoints {
  let context: RequestContext
  let serverAddress: String

  /// - Returns: nil where the path is none of discovery's.
  func route() throws(StatusError) -> HTTPResponse? {
    let catalog = context.served.discovered
    let parts = context.info.path.split(separator: "/").map(String.init)
    let answer = Answer(context: context)
    switch (parts.first, parts.count) {
    case (nil, _):
      return answer.encode(Discovery.rootPaths(of: catalog), code: 200, format: .plainJSON)
    case ("api", 1):
      if let version = aggregatedVersion() { return aggregated("/api", version) }
      return try plain(Discovery.coreVersions(of: catalog, serverAddress: serverAddress))
    case ("api", 2):
      guard let list = Discovery.resources(of: GroupVersion(group: "", version: parts[1]), in: catalog) else {
        throw .pathNotFound
      }
      return try plain(list)
    case ("apis", 1):
      if let version = aggregatedVersion() { return aggregated("/apis", version) }
      return try unrouted(Discovery.groups(of: catalog))
    case ("apis", 2):
      guard let group = Discovery.group(parts[1], in: catalog) else { return Router.pageNotFound(context) }
      return try unrouted(group)
    case ("apis", 3):
      guard catalog.group(parts[1]) != nil else { return Router.pageNotFound(context) }
      guard let list = Discovery.resources(of: GroupVersion(group: parts[1], version: parts[2]), in: catalog)
      else {
        if CustomResourcePaths.isCustom(parts[1], in: catalog) { return Router.pageNotFound(context) }
        throw .pathNotFound
      }
      return CustomResourcePaths.isCustom(parts[1], in: catalog) ? try unrouted(list) : try plain(list)
    default: return nil
    }
  }

  /// A document that can only be read.
  private func plain(_ document: Value) throws(StatusError) -> HTTPResponse {
    guard context.http.method == "GET" else { throw .methodNotAllowed }
    return Answer(context: context).encode(
      document, code: 200, format: try OutputFormat(context, allowsTransforms: false))
  }

  /// A document that any request gets, whatever its method.
  private func unrouted(_ document: Value) throws(StatusError) -> HTTPResponse {
    Answer(context: context).encode(
      document, code: 200, format: try OutputFormat(unroutedDocumentOf: context))
  }

  /// The version of apidiscovery.k8s.io that the client asks for, if it wants one document for all groups.
  private func aggregatedVersion() -> AggregatedDiscovery.Version? {
    for clause in MediaType.accepted(context.http.headers["Accept"].joined(separator: ",")) {
      guard clause.essence == "application/json" else { continue }
      if clause.parameters["g"] == "apidiscovery.k8s.io", clause.parameters["as"] == "APIGroupDiscoveryList",
        let version = AggregatedDiscovery.Version(rawValue: clause.parameters["v"] ?? "")
      {
        return version
      }
      if clause.parameters["g"] == nil { return nil }
    }
    return nil
  }

  private func aggregated(_ path: String, _ version: AggregatedDiscovery.Version) -> HTTPResponse {
    let document = context.served.document("\(path) \(version.rawValue)") {
      let catalog = context.served.discovered
      let value =
        path == "/api"
        ? AggregatedDiscovery.coreGroup(of: catalog, version: version)
        : AggregatedDiscovery.groups(of: catalog, version: version)
      let bytes = JSON.encode(value) + [UInt8(ascii: "\n")]
      return .init(bytes: bytes, etag: ETag.of(bytes))
    }
    return ETag.answer(document, type: version.mediaType, context: context)
  }
}

/// Conditional answers with strong validators (RFC 9110, section 8.8.3).
enum ETag {
  static func of(_ bytes: [UInt8]) -> String {
    "\""
      + Digest.sha512(bytes).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
      }.joined() + "\""
  }

  /// Whether the client has the document of that tag. Tags are compared weakly, as for a read.
  private static func isKnown(_ etag: String, to context: RequestContext) -> Bool {
    for header in context.http.headers["If-None-Match"] {
      for item in header.split(separator: ",") {
        var tag = item.drop { $0 == " " || $0 == "\t" }
        while let last = tag.last, last == " " || last == "\t" { tag.removeLast() }
        if tag == "*" || tag == etag || tag == "W/\(etag)" { return true }
      }
    }
    return false
  }

  static func answer(_ document: ServedAPI.Document, type: String, context: RequestContext) -> HTTPResponse {
    let answer = Answer(context: context)
    var response: HTTPResponse
    if isKnown(document.etag, to: context) {
      response = HTTPResponse(status: 304, headers: answer.headers, body: .empty)
    } else {
      response = answer.response(document.bytes, code: 200, contentType: type)
    }
    response.headers.add(name: "ETag", value: document.etag)
    response.headers.add(name: "Vary", value: "Accept")
    return response
  }
}
