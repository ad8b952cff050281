import Values

/// The members of a Swagger document that are maps.
enum SwaggerSection: String, CaseIterable {
  case paths, definitions, parameters
}

/// Writes a Swagger 2.0 document (OpenAPI Specification 2.0), entry by entry, so that no tree holds it all.
struct SwaggerWriter {
  let schemas: OpenAPISchemas
  /// `info.version`.
  let version: String
  let paths: [OpenAPIPath]
  /// The group versions that types such as DeleteOptions are kinds of.
  let kinds: [GroupVersion]

  init(schemas: OpenAPISchemas, version: String, paths: [OpenAPIPath], kinds: [GroupVersion]) {
    self.schemas = schemas
    self.version = version
    self.paths = paths.sorted { $0.template < $1.template }
    self.kinds = kinds
  }

  /// The document in JSON.
  func json() -> [UInt8] {
    var out: [UInt8] = []
    out.append(contentsOf: "{\"swagger\":\"2.0\",\"info\":{\"title\":\"Kubernetes\",\"version\":".utf8)
    JSON.append(version, to: &out)
    out.append(UInt8(ascii: "}"))
    for section in SwaggerSection.allCases {
      out.append(contentsOf: ",\"\(section)\":{".utf8)
      var isFirst = true
      forEachEntry(of: section) { name, value in
        if !isFirst { out.append(UInt8(ascii: ",")) }
        isFirst = false
        JSON.append(name, to: &out)
        out.append(UInt8(ascii: ":"))
        JSON.append(value, to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
    out.append(UInt8(ascii: "}"))
    return out
  }

  /// The document as a message `openapi.v2.Document`.
  func protobuf() -> [UInt8] {
    var message = SwaggerProtobuf()
    message.head(title: "Kubernetes", version: version)
    for section in SwaggerSection.allCases {
      message.section(section) { message in
        forEachEntry(of: section) { message.entry(section, $0, $1) }
      }
    }
    return message.writer.bytes
  }

  private func forEachEntry(of section: SwaggerSection, _ body: (String, Value) -> Void) {
    switch section {
    case .paths: for path in paths { body(path.template, SwaggerPaths.value(of: path)) }
    case .definitions:
      for name in schemas.names {
        body(name, SwaggerSchema.value(of: schemas.value(name, kinds: kinds)))
      }
    case .parameters:
      let used = Set(paths.flatMap { $0.commonParameters + $0.operations.flatMap(\.parameters) })
      for parameter in used.sorted(by: { $0.name < $1.name }) {
        body(parameter.name, SwaggerPaths.value(of: parameter))
      }
    }
  }
}
