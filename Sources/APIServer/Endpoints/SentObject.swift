import HTTPService
import Schema
import Tracing
import Values

/// What a create or an update brings: the object, decoded and with its defaults, and how it is to be
/// written and answered. It is read in the order in which the real server finds fault.
struct SentObject {
  let format: OutputFormat
  let options: WriteOptions
  var value: Value

  /// - Throws: 400, 406, 413, 415 or 422.
  init(
    _ context: RequestContext, _ scope: ResourceScope, _ kind: WriteOptions.Kind = .create
  ) async throws(StatusError) {
    format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let options = try WriteOptions(context, kind)
    self.options = options
    value = try RequestTrace.measure("Decode") { () throws(StatusError) in
      try ObjectDecoder(context: context, scope: scope).decode(
        try decoder.parse(bytes, encoding, expecting: scope.bodyKind), validation: options.fieldValidation)
    }
    context.audit?.brings(value)
  }

  /// Fills in the namespace of the path, and refuses another one.
  mutating func matchNamespace(_ namespace: String) throws(StatusError) {
    try Self.match(&value, namespace: namespace)
  }

  /// Fills in the namespace of the path, and refuses another one.
  static func match(_ object: inout Value, namespace: String) throws(StatusError) {
    let given = object["metadata"]?["namespace"]?.string ?? ""
    // One on a cluster-scoped object is dropped without a word.
    if !given.isEmpty, !namespace.isEmpty, given != namespace {
      throw .badRequest(
        "the namespace of the provided object does not match the namespace sent on the request")
    }
    object["metadata", default: [:]]["namespace"] = namespace.isEmpty ? nil : .string(namespace)
  }

  /// Refuses an object without a name, or with another than the path's.
  static func match(_ object: Value, name: String) throws(StatusError) {
    let given = object["metadata"]?["name"]?.string ?? ""
    if given.isEmpty {
      throw .badRequest(
        "the name of the object (\(name) based on URL) was undeterminable: name must be provided")
    }
    if given != name {
      throw .badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))")
    }
  }
}
