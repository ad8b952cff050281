import Values

/// Paths and parameters in the words of Swagger 2.0.
enum SwaggerPaths {
  static func value(of path: OpenAPIPath) -> Value {
    let common = path.commonParameters
    var item: Object = [:]
    for operation in path.operations { item[operation.method] = value(of: operation, except: Set(common)) }
    if !common.isEmpty { item["parameters"] = .array(common.map(reference)) }
    return .object(item)
  }

  /// The definition that the paths refer to.
  static func value(of parameter: OpenAPIParameter) -> Value {
    var object: Object = [
      "name": .string(parameter.placeName), "in": parameter.isInPath ? "path" : "query",
    ]
    if parameter.isInPath { object["required"] = true }
    object["type"] = .string(parameter.type)
    object["uniqueItems"] = true
    return .object(object)
  }

  private static func reference(to parameter: OpenAPIParameter) -> Value {
    ["$ref": .string("#/parameters/\(parameter.name)")]
  }

  private static func value(of operation: OpenAPIOperation, except common: Set<OpenAPIParameter>) -> Value {
    var object: Object = [
      "tags": [.string(operation.tag)], "description": .string(operation.summary),
      "operationId": .string(operation.id), "schemes": ["https"], "produces": Value(operation.produces),
    ]
    if !operation.consumes.isEmpty { object["consumes"] = Value(operation.consumes) }
    var parameters = operation.parameters.filter { !common.contains($0) }.map(reference)
    if let body = operation.body {
      var parameter: Object = ["name": "body", "in": "body"]
      if operation.isBodyRequired { parameter["required"] = true }
      parameter["schema"] = schema(of: body)
      parameters.append(.object(parameter))
    }
    if !parameters.isEmpty { object["parameters"] = .array(parameters) }
    var answers: Object = [:]
    for (code, answer) in operation.answers {
      var response: Object = ["description": .string(OpenAPINames.description(of: code))]
      if let answer { response["schema"] = schema(of: answer) }
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

  private static func schema(of content: OpenAPIOperation.Content) -> Value {
    switch content {
    case .type(let name): ["$ref": .string(SwaggerSchema.reference + name)]
    case .text: ["type": "string"]
    }
  }
}
