import Values

/// Writes an OpenAPI 3.0 document (OpenAPI Specification 3.0.0), path by path and schema by schema.
struct OpenAPIV3Writer {
  let schemas: OpenAPISchemas
  /// `info.version`.
  let version: String

  /// The document of some paths, with the schemas that they reach.
  /// - Parameter kinds: the group versions that types such as DeleteOptions are kinds of.
  func document(of paths: [OpenAPIPath], kinds: [GroupVersion]) -> [UInt8] {
    var out: [UInt8] = []
    out.append(contentsOf: "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"Kubernetes\",\"version\":".utf8)
    JSON.append(version, to: &out)
    out.append(contentsOf: "},\"paths\":{".utf8)
    for (place, path) in paths.sorted(by: { $0.template < $1.template }).enumerated() {
      if place > 0 { out.append(UInt8(ascii: ",")) }
      JSON.append(path.template, to: &out)
      out.append(UInt8(ascii: ":"))
      JSON.append(Self.value(of: path), to: &out)
    }
    out.append(contentsOf: "},\"components\":{\"schemas\":{".utf8)
    let types = paths.flatMap(\.operations).flatMap(\.types)
    for (place, name) in schemas.reachable(from: Set(types)).enumerated() {
      if place > 0 { out.append(UInt8(ascii: ",")) }
      JSON.append(name, to: &out)
      out.append(UInt8(ascii: ":"))
      schemas.append(name, kinds: kinds, to: &out)
    }
    out.append(contentsOf: "}}}".utf8)
    return out
  }

  private static func value(of path: OpenAPIPath) -> Value {
    let common = path.commonParameters
    var item: Object = [:]
    for operation in path.operations { item[operation.method] = value(of: operation, except: Set(common)) }
    if !common.isEmpty { item["parameters"] = .array(common.map(value)) }
    return .object(item)
  }

  private static func value(of operation: OpenAPIOperation, except common: Set<OpenAPIParameter>) -> Value {
    var object: Object = [
      "tags": [.string(operation.tag)], "description": .string(operation.summary),
      "operationId": .string(operation.id),
    ]
    let parameters = operation.parameters.filter { !common.contains($0) }
    if !parameters.isEmpty { object["parameters"] = .array(parameters.map(value)) }
    if let body = operation.body {
      var request: Object = ["content": content(body, operation.consumes)]
      if operation.isBodyRequired { request["required"] = true }
      object["requestBody"] = .object(request)
    }
    var answers: Object = [:]
    for (code, answer) in operation.answers {
      var response: Object = ["description": .string(OpenAPINames.description(of: code))]
      if let answer { response["content"] = content(answer, operation.produces) }
      answers["\(code)"] = .object(response)
    }
    object["responses"] = .object(answers)
    if operation.isDeprecated { object["deprecated"] = true }
    if let action = operation.action { object["x-kubernetes-action"] = .string(action) }
    if let kind = operation.kind {
      object["x-kubernetes-group-version-kind"] = OpenAPISchemas.extensionValue(kind)
    }
    return .object(object)
  }

  private static func content(_ content: OpenAPIOperation.Content, _ types: [String]) -> Value {
    let schema: Value
    switch content {
    case .type(let name): schema = ["$ref": .string(OpenAPISchemas.reference + name)]
    case .text: schema = ["type": "string"]
    }
    return .object(Object(types.map { ($0, ["schema": schema]) }))
  }

  private static func value(of parameter: OpenAPIParameter) -> Value {
    var object: Object = [
      "name": .string(parameter.placeName), "in": parameter.isInPath ? "path" : "query",
    ]
    if parameter.isInPath { object["required"] = true }
    object["schema"] = ["type": .string(parameter.type), "uniqueItems": true]
    return .object(object)
  }
}
