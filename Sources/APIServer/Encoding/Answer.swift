import HTTPService
import NIOHTTP1
import Schema
import Store
import Tracing
import Values

/// Turns what an endpoint found into an HTTP response in the format that the request accepts.
struct Answer {
  let context: RequestContext

  /// One object in the version of the scope.
  func object(
    _ value: Value, code: Int = 200, scope: ResourceScope?, format: OutputFormat
  ) throws(StatusError) -> HTTPResponse {
    switch format.transform {
    case .none: break
    case .partialMetadata(let version):
      return encode(PartialMetadata.object(value, version: version), code: code, format: format)
    case .partialMetadataList: throw Self.noList(scope)
    case .table(let version):
      guard let scope else { throw .notAcceptable(OutputFormat.mediaTypes) }
      let table = try RequestTrace.measure("Transform", .transform) { () throws(StatusError) in
        try Tables.table(
          [value], scope: scope, version: version, metadata: value["metadata"], context: context)
      }
      return encode(table, code: code, format: format)
    }
    return encode(value, code: code, format: format)
  }

  /// A list of objects in the version of the scope.
  func list(
    _ items: [Value], metadata: Value, scope: ResourceScope, format: OutputFormat
  ) throws(StatusError) -> HTTPResponse {
    switch format.transform {
    case .none:
      return encode(ListBytes.value(items, scope: scope, metadata: metadata), code: 200, format: format)
    case .partialMetadata: throw Self.isList(scope)
    case .partialMetadataList(let version):
      return encode(
        PartialMetadata.list(items, metadata: metadata, version: version), code: 200, format: format)
    case .table(let version):
      let table = try RequestTrace.measure("Transform", .transform) { () throws(StatusError) in
        try Tables.table(items, scope: scope, version: version, metadata: metadata, context: context)
      }
      return encode(table, code: 200, format: format)
    }
  }

  private static func noList(_ scope: ResourceScope?) -> StatusError {
    // An object of no known type passes for a list until its items are looked for.
    if scope?.hasCustomBody == true { return .unexpected("content is not a list") }
    let type = scope.map { GoTypes.internalType($0.bodyKind) } ?? ""
    return StatusError(
      code: 406, reason: "NotAcceptable",
      message:
        "you requested PartialObjectMetadataList, but the requested object is not a list (*\(type))")
  }

  private static func isList(_ scope: ResourceScope) -> StatusError {
    let type =
      scope.resource.isCustom ? "unstructured.UnstructuredList" : GoTypes.internalType(scope.kind) + "List"
    return StatusError(
      code: 406, reason: "NotAcceptable",
      message: "you requested PartialObjectMetadata, but the requested object is a list (*\(type))")
  }

  /// A stored object; where nothing is to be changed, the bytes that are stored.
  func stored(_ object: StoredObject, scope: ResourceScope, format: OutputFormat) async throws(StatusError)
    -> HTTPResponse
  {
    if format == OutputFormat.plainJSON, scope.isStorageVersion {
      return response(
        object.bytes + [UInt8(ascii: "\n")], code: 200, contentType: OutputFormat.Encoding.json.rawValue)
    }
    return try self.object(try await scope.read(object.value), scope: scope, format: format)
  }

  /// A Status that says that all went well.
  func success(code: Int, format: OutputFormat) -> HTTPResponse {
    encode(
      [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": .int(Int64(code)),
      ],
      code: code, format: format)
  }

  /// A Status, with its code.
  func status(_ error: StatusError) -> HTTPResponse {
    var response = encode(error.value, code: error.code, format: OutputFormat(forStatusOf: context))
    if let seconds = error.details?.retryAfterSeconds, seconds > 0 {
      response.headers.replaceOrAdd(name: "Retry-After", value: String(seconds))
    }
    return response
  }

  /// Encodes the value as it is.
  func encode(_ value: Value, code: Int, format: OutputFormat) -> HTTPResponse {
    RequestTrace.measure("SerializeObject", .serialize) { encoded(value, code: code, format: format) }
  }

  private func encoded(_ value: Value, code: Int, format: OutputFormat) -> HTTPResponse {
    switch format.encoding {
    case .json:
      var bytes = format.isPretty ? JSON.encodePretty(value) : JSON.encode(value)
      bytes.append(UInt8(ascii: "\n"))
      return response(bytes, code: code, contentType: format.encoding.rawValue)
    case .yaml:
      return response(Array(YAML.encode(value).utf8), code: code, contentType: format.encoding.rawValue)
    case .protobuf:
      do {
        return response(
          try KubernetesProtobuf.encode(value), code: code, contentType: format.encoding.rawValue)
      } catch {
        // Kinds without a protobuf form are answered as if it had not been asked for.
        return encoded(
          StatusError.notAcceptable(["application/json", "application/yaml"]).value, code: 406,
          format: OutputFormat.plainJSON)
      }
    }
  }

  func response(_ bytes: [UInt8], code: Int, contentType: String) -> HTTPResponse {
    var headers = self.headers
    headers.add(name: "Content-Type", value: contentType)
    return HTTPResponse(status: code, headers: headers, body: .bytes(bytes))
  }

  func text(_ text: String, code: Int = 200) -> HTTPResponse {
    var response = response(Array(text.utf8), code: code, contentType: "text/plain; charset=utf-8")
    response.headers.add(name: "X-Content-Type-Options", value: "nosniff")
    return response
  }

  /// What every answer carries.
  var headers: HTTPHeaders {
    var headers = HTTPHeaders()
    headers.add(name: "Audit-Id", value: context.auditID)
    headers.add(name: "Cache-Control", value: "no-cache, private")
    for warning in context.warnings {
      headers.add(name: "Warning", value: "299 - \(Self.quotedWarning(warning))")
    }
    return headers
  }

  /// A warning's text as a quoted string (RFC 7234, section 5.5).
  private static func quotedWarning(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { out += "\\" }
      out.unicodeScalars.append(scalar)
    }
    return out + "\""
  }
}
