import Values

/// The OpenAPI documents of extension servers as parts of this server's (kube-aggregator, "openapi" and
/// "openapiv3").
enum ExtensionOpenAPI {
  /// The part of a Swagger document that is about one group version: its paths, and all definitions.
  /// - Parameter root: of the paths, such as `/apis/metrics.k8s.io/v1beta1`.
  /// - Returns: null where no path is.
  static func part(of swagger: Value, below root: String) -> Value {
    let paths = (swagger["paths"]?.object ?? [:]).filter { key, _ in
      key == root || key.hasPrefix("\(root)/")
    }
    guard !paths.isEmpty else { return .null }
    return [
      "paths": .object(Object(paths.map { ($0.key, $0.value) })),
      "definitions": swagger["definitions"] ?? [:],
    ]
  }

  /// The hash in the index of an extension server's `/openapi/v3`; nil where the path is not in it.
  static func hash(in index: Value, of path: String) -> String? {
    guard let url = index["paths"]?[path]?["serverRelativeURL"]?.string,
      let mark = url.firstRange(of: "hash=")
    else { return nil }
    return String(url[mark.upperBound...].prefix { $0 != "&" })
  }

  /// A Swagger document with those parts: what it has itself counts.
  static func merged(_ document: Value, _ parts: [Value]) -> Value {
    var document = document
    for part in parts {
      for field in ["paths", "definitions"] {
        var members = document[field]?.object ?? [:]
        for (key, value) in part[field]?.object ?? [:] where members[key] == nil { members[key] = value }
        document[field] = .object(members)
      }
    }
    return document
  }

  /// An index of `/openapi/v3` with the documents of extension servers.
  static func merged(_ index: Value, _ documents: [(path: String, hash: String)]) -> Value {
    var entries = (index["paths"]?.object ?? [:]).map { ($0.key, $0.value) }
    for (path, hash) in documents where index["paths"]?[path] == nil {
      entries.append((path, ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]))
    }
    return [
      "paths": .object(Object(entries.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
    ]
  }
}
