import Schema
import Store
import Values

/// Encodes watch events in the format that the client asked for.
struct WatchEventEncoder: Sendable {
  let scope: ResourceScope
  let context: RequestContext
  let format: OutputFormat

  func frame(_ event: WatchEvent) -> [UInt8] {
    if let error = event.error { return failure(error.status(scope.groupResource, "")) }
    if format == .plainJSON, scope.isStorageVersion, let frame = event.frame { return frame }
    return encode(event.type.rawValue, object(event))
  }

  func failure(_ error: StatusError) -> [UInt8] { encode("ERROR", error.value) }

  private func object(_ event: WatchEvent) -> Value {
    guard let stored = event.object else { return bookmark(event) }
    let value = scope.fromStorage(stored.value)
    switch format.transform {
    case .none, .partialMetadataList: return value
    case .partialMetadata: return PartialMetadata.object(value)
    case .table(let version):
      let table = try? Tables.table(
        [value], scope: scope, version: version, metadata: value["metadata"], context: context)
      return table ?? value
    }
  }

  /// An object of the kind that says only which version the watch has reached.
  private func bookmark(_ event: WatchEvent) -> Value {
    var metadata: Object = ["resourceVersion": .string(String(event.revision))]
    if event.isInitialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    var object: Value = [
      "kind": .string(scope.kind.kind), "apiVersion": .string(scope.kind.apiVersion),
      "metadata": .object(metadata),
    ]
    switch format.transform {
    case .partialMetadata: object = PartialMetadata.object(object)
    case .table(let version):
      object =
        (try? Tables.table(
          [object], scope: scope, version: version, metadata: object["metadata"], context: context))
        ?? object
    default: break
    }
    return object
  }

  private func encode(_ type: String, _ object: Value) -> [UInt8] {
    let event: Value = ["type": .string(type), "object": object]
    switch format.encoding {
    case .json: return JSON.encode(event) + [UInt8(ascii: "\n")]
    case .yaml: return Array("---\n".utf8) + Array(YAML.encode(event).utf8)
    case .protobuf:
      return (try? KubernetesProtobuf.encodeWatchEvent(type: type, object: object)) ?? []
    }
  }
}
