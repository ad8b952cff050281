import Authentication
import Schema
import Store
import Synchronization
import Values

/// What a request is to API priority and fairness.
struct FlowClass: Sendable, Equatable {
  /// The FlowSchema that it belongs to.
  var schema: String
  var schemaUID: String
  /// The PriorityLevelConfiguration of that.
  var level: String
  var levelUID: String
}

/// The flow schemas as they are now, in the order in which they are tried: by precedence, then by name.
final class FlowSchemas: Sendable {
  private typealias Entry = (schema: FlowSchema, levelUID: String)

  private static let group = "flowcontrol.apiserver.k8s.io"
  private static let schemas = GroupResource(group: group, resource: "flowschemas")
  private static let levels = GroupResource(group: group, resource: "prioritylevelconfigurations")

  private let store: ObjectStore
  private let cache = Mutex<(revision: UInt64, entries: [(schema: FlowSchema, levelUID: String)])>((0, []))
  /// Changes with every write to either resource: what was read is good until then.
  private let latest = Atomic<UInt64>(1)
  private let observations = Mutex<[Observation]>([])

  init(store: ObjectStore) {
    self.store = store
    for resource in [Self.schemas, Self.levels] {
      let made = store.observe(resource) { [weak self] change in
        self?.latest.max(change.revision, ordering: .releasing)
      }
      observations.withLock { $0.append(made) }
    }
  }

  /// - Returns: nil where no schema matches, which only happens where somebody removed those that always do.
  func classify(_ info: RequestInfo, _ user: UserInfo) -> FlowClass? {
    guard let found = entries.first(where: { $0.schema.matches(info, user) }) else { return nil }
    return FlowClass(
      schema: found.schema.name, schemaUID: found.schema.uid, level: found.schema.level,
      levelUID: found.levelUID)
  }

  private var entries: [Entry] {
    let latest = latest.load(ordering: .acquiring)
    if let known = cache.withLock({ $0.revision == latest ? $0.entries : nil }) { return known }
    var uids: [String: String] = [:]
    for level in store.list(Self.levels) {
      uids[level.key.name] = level.value["metadata"]?["uid"]?.string ?? ""
    }
    // Schemas of a level that is not there count for nothing.
    let entries = store.list(Self.schemas).compactMap { object -> Entry? in
      let schema = FlowSchema(object.value)
      return uids[schema.level].map { (schema, $0) }
    }.sorted { ($0.schema.precedence, $0.schema.name) < ($1.schema.precedence, $1.schema.name) }
    cache.withLock { if latest > $0.revision { $0 = (latest, entries) } }
    return entries
  }
}
