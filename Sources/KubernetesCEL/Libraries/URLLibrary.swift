import CEL
import Values

extension CELType {
  static let url = CELType.object("kubernetes.URL")
}

extension Library {
  /// Addresses (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes URL library).
  static let urls = Library(functions: [
    .init(
      "url",
      [
        .global(
          "string_to_url", [.string], .url,
          .unary { value throws(CELError) in
            let text = try value.text()
            do throws(GoURL.ParseError) {
              return .object(OpaqueValue(try GoURL(request: text), .url))
            } catch {
              throw CELError("URL parse error during conversion from string: \(error)")
            }
          })
      ]),
    .init(
      "isURL",
      [
        .global(
          "is_url_string", [.string], .bool,
          .unary { value throws(CELError) in
            let text = try value.text()
            return .bool((try? GoURL(request: text)) != nil)
          })
      ]),
    part("getScheme", "url_get_scheme") { .string($0.scheme) },
    part("getHost", "url_get_host") { .string($0.host) },
    part("getHostname", "url_get_hostname") { .string($0.hostname) },
    part("getPort", "url_get_port") { .string($0.port) },
    part("getEscapedPath", "url_get_escaped_path") { .string($0.escapedPath) },
    part("getQuery", "url_get_query", .map(.string, .list(.string))) { url in
      let values = Dictionary(grouping: url.queryParameters, by: \.name)
      return .map(
        CELMap(
          Dictionary(
            uniqueKeysWithValues: values.map { name, values in
              (CELMapKey.string(name), CELValue.values(values.map { .string($0.value) }))
            })))
    },
  ])

  private static func part(
    _ name: String, _ id: String, _ type: CELType = .string, _ read: @escaping @Sendable (GoURL) -> CELValue
  ) -> FunctionDeclaration {
    .init(name, [.member(id, [.url], type, .unary { url throws(CELError) in read(try url.content()) })])
  }
}
