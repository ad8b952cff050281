import Schema
import Values

/// The metadata that the server itself keeps.
enum ObjectMeta {
  /// Sets uid and creationTimestamp and drops what clients may not set on a new object.
  static func fillSystemFields(_ object: inout Value, namespace: String) {
    object["metadata", default: [:]].mutateObject { metadata in
      metadata["creationTimestamp"] = .string(Timestamp.now.rfc3339)
      metadata["uid"] = .string(RandomText.uuid())
      metadata["deletionTimestamp"] = nil
      metadata["deletionGracePeriodSeconds"] = nil
      metadata["selfLink"] = nil
      metadata["namespace"] = namespace.isEmpty ? nil : .string(namespace)
    }
  }

  /// Names the object by its generateName, where it has no name: at most 63 bytes in all.
  static func generateName(_ object: inout Value) {
    guard let prefix = object["metadata"]?["generateName"]?.string, !prefix.isEmpty,
      (object["metadata"]?["name"]?.string ?? "").isEmpty
    else { return }
    object["metadata"]?["name"] = .string(String(prefix.prefix(58)) + RandomText.suffix(5))
  }

  /// Copies what an update can't change from the stored object.
  static func keepSystemFields(_ new: inout Value, from old: Value) {
    let kept = old["metadata"]
    new["metadata", default: [:]].mutateObject { metadata in
      for key in ["creationTimestamp", "generation", "selfLink"] { metadata[key] = kept?[key] }
      // Another uid than the object's is left for validation to refuse, and so is a deletion that was
      // not asked for by a delete.
      if metadata["uid"] == nil { metadata["uid"] = kept?["uid"] }
      if let deletion = kept?["deletionTimestamp"] { metadata["deletionTimestamp"] = deletion }
      if metadata["deletionGracePeriodSeconds"] == nil {
        metadata["deletionGracePeriodSeconds"] = kept?["deletionGracePeriodSeconds"]
      }
    }
  }

  /// Keeps the first of several equal owner references, and says so.
  static func dedupeOwners(
    _ object: inout Value, warn: (String) -> Void, isAfterAdmission: Bool = false
  ) {
    guard let owners = object["metadata"]?["ownerReferences"]?.array, owners.count > 1 else { return }
    var seen = Set<Value>()
    var repeated: [String] = []
    let kept = owners.filter { owner in
      if seen.insert(owner).inserted { return true }
      repeated.append(owner["uid"]?.string ?? "")
      return false
    }
    guard !repeated.isEmpty else { return }
    object["metadata"]?["ownerReferences"] = .array(kept)
    warn(
      ".metadata.ownerReferences contains duplicate entries"
        + (isAfterAdmission ? " after mutating admission happens" : "")
        + "; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please "
        + "fix your requests; duplicate UID(s) observed: "
        + repeated.joined(separator: ", "))
  }

  static func finalizers(_ object: Value) -> [String] { object["metadata"]?["finalizers"]?.strings ?? [] }

  static func isBeingDeleted(_ object: Value) -> Bool { object["metadata"]?["deletionTimestamp"] != nil }
}

extension Value {
  /// The child of an object, made with the default where it is missing.
  subscript(key: String, default value: @autoclosure () -> Value) -> Value {
    get { self[key] ?? value() }
    set { self[key] = newValue }
    _modify {
      var child = self[key] ?? value()
      // Taken out while it changes, so that the change is made in place.
      self[key] = .null
      defer { self[key] = child }
      yield &child
    }
  }
}
