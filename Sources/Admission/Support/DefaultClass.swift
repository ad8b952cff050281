import Schema
import Store
import Values

/// The class that objects get which name none: the newest of those that are marked as default.
enum DefaultClass {
  /// - Parameter annotations: any of them with the value `true` marks a class.
  static func name(
    _ resource: GroupResource, markedBy annotations: [String], in store: ObjectStore
  ) -> String? {
    let marked = store.list(resource).filter { object in
      annotations.contains { object.value.annotation($0) == "true" }
    }
    // RFC 3339 times in UTC compare as texts; of classes made in one second the first by name counts.
    return marked.min { a, b in
      let (first, second) = (created(a), created(b))
      return first == second ? a.key < b.key : first > second
    }?.key.name
  }

  private static func created(_ object: StoredObject) -> String {
    object.value["metadata"]?.text("creationTimestamp") ?? ""
  }
}
