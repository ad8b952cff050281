import Schema
import Store
import Synchronization
import Values

/// Encodes the events of one watch in the format that the client asked for.
final class WatchEventEncoder: Sendable {
  private let scope: ResourceScope
  private let context: RequestContext
  private let format: OutputFormat
  /// A table's columns are told with the first event only.
  private let hasToldColumns = Atomic(false)

  init(scope: ResourceScope, context: RequestContext, format: OutputFormat) {
    self.scope = scope
    self.context = context
    self.format = format
  }

  func frame(_ event: WatchEvent) async -> [UInt8] {
    if let error = event.error { return failure(error.status(scope.groupResource, "")) }
    if format == .plainJSON, scope.isStorageVersion, let frame = event.frame { return frame }
    do throws(StatusError) { return encode(event.type.rawValue, try await object(event)) } catch {
      return failure(error)
    }
  }

  func failure(_ error: StatusError) -> [UInt8] { encode("ERROR", error.value) }

  private func object(_ event: WatchEvent) async throws(StatusError) -> Value {
    guard let stored = event.object else { return shown(bookmark(event)) }
    return shown(try await scope.read(stored.value))
  }

  private func shown(_ object: Value) -> Value {
    switch format.transform {
    case .none, .partialMetadataList: return object
    case .partialMetadata(let version): return PartialMetadata.object(object, version: version)
    case .table(let version):
      let made = try? Tables.table(
        [object], scope: scope, version: version, metadata: object["metadata"], context: context)
      guard var table = made else { return object }
      if hasToldColumns.exchange(true, ordering: .relaxed) { table["columnDefinitions"] = .null }
      return table
    }
  }

  /// An object of the kind that says only which version the watch has reached.
  private func bookmark(_ event: WatchEvent) -> Value {
    var metadata: Object = ["resourceVersion": .string(String(event.revision))]
    if event.isInitialEventsEnd { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
    var object: Object = [
      "kind": .string(scope.kind.kind), "apiVersion": .string(scope.kind.apiVersion),
      "metadata": .object(metadata),
    ]
    if !scope.resource.isCustom, case .object(let empty) = TypedDecoder.empty(scope.type) {
      for (key, value) in empty where object[key] == nil { object[key] = value }
    }
    return .object(object)
  }

  private func encode(_ type: String, _ object: Value) -> [UInt8] {
    let event: Value = ["type": .string(type), "object": object]
    switch format.encoding {
    case .json: return JSON.encode(event) + [UInt8(ascii: "\n")]
    // Watches are not answered in YAML.
    case .yaml: return []
    case .protobuf:
      return (try? KubernetesProtobuf.encodeWatchEvent(type: type, object: object)) ?? []
    }
  }
}
