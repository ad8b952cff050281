import HTTPService
import Schema
import Values

/// `/openapi/v2` and `/openapi/v3` (Kubernetes API concepts, "OpenAPI interface definition").
struct OpenAPIEndpoints {
  let context: RequestContext

  /// - Returns: nil where the path is none of theirs.
  func route() throws(StatusError) -> HTTPResponse? {
    let path = context.info.path
    if path == "/openapi/v2" { return try version2() }
    if path == "/openapi/v3" || path == "/openapi/v3/" { return index() }
    guard path.hasPrefix("/openapi/v3/") else { return nil }
    return groupVersion(String(path.dropFirst("/openapi/v3/".count)))
  }

  private var documents: OpenAPIDocuments { context.served.openAPI }

  private func index() -> HTTPResponse {
    let document = context.served.document("openapi/v3") {
      let bytes = JSON.encode(
        ExtensionOpenAPI.merged(documents.index(), context.served.extensions.openAPI))
      return .init(bytes: bytes, etag: ETag.of(bytes))
    }
    return ETag.answer(document, type: "application/json", context: context)
  }

  private func groupVersion(_ path: String) -> HTTPResponse? {
    guard let document = documents.document(path) else { return nil }
    var response = answer(document, "application/json")
    if context.query("hash") == document.hash {
      response.headers.replaceOrAdd(name: "Cache-Control", value: "public, immutable")
    }
    return response
  }

  private func answer(_ document: OpenAPIDocuments.Document, _ type: String) -> HTTPResponse {
    ETag.answer(.init(bytes: document.bytes, etag: "\"\(document.hash)\""), type: type, context: context)
  }

  /// Version 2 in JSON, with the parts of extension servers.
  private func swagger() -> HTTPResponse {
    let parts = context.served.extensions.swagger
    if parts.isEmpty { return answer(documents.swagger(), "application/json") }
    let document = context.served.document("openapi/v2") {
      let own = documents.swagger().bytes
      guard let value = try? JSON.parse(own) else { return .init(bytes: own, etag: ETag.of(own)) }
      let bytes = JSON.encode(ExtensionOpenAPI.merged(value, parts))
      return .init(bytes: bytes, etag: ETag.of(bytes))
    }
    return ETag.answer(document, type: "application/json", context: context)
  }

  private func version2() throws(StatusError) -> HTTPResponse {
    let accept = context.http.headers["Accept"].joined(separator: ",")
    for clause in MediaType.accepted(accept.isEmpty ? "*/*" : accept) {
      switch clause.essence {
      case "application/json", "application/*", "*/*":
        return swagger()
      case OpenAPIDocuments.swaggerProtobufMediaType, OpenAPIDocuments.swaggerProtobufContentType:
        return answer(documents.swaggerProtobuf(), OpenAPIDocuments.swaggerProtobufContentType)
      default: continue
      }
    }
    return HTTPResponse(status: 406, headers: Answer(context: context).headers, body: .empty)
  }
}
