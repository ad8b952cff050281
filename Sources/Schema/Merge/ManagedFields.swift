import Values

/// Who manages fields: what tells the entries of `metadata.managedFields` apart.
struct ManagerIdentity: Hashable, Sendable {
  enum Operation: String, Sendable {
    case apply = "Apply"
    case update = "Update"
    /// The write that is being reckoned, until it gets its name.
    case current = ""
  }

  var manager: String
  var operation: Operation
  /// Empty for appliers, which stay the same whatever version they apply.
  var apiVersion: String
  var subresource: String

  static let current = ManagerIdentity(manager: "", operation: .current, apiVersion: "", subresource: "")

  /// The text by which the real server orders managers.
  var sortKey: String {
    var object = Object()
    for (key, text) in [
      ("manager", manager), ("operation", operation.rawValue), ("apiVersion", apiVersion),
      ("subresource", subresource),
    ] where !text.isEmpty {
      object[key] = .string(text)
    }
    return JSON.text(.object(object))
  }

  /// As conflicts name it: `"kubectl"`, `"ctl" with subresource "status" using apps/v1`.
  var conflictText: String {
    var text = FieldError.quoted(manager)
    if !subresource.isEmpty { text += " with subresource \(FieldError.quoted(subresource))" }
    return operation == .update ? "\(text) using \(apiVersion)" : text
  }
}

/// Why `metadata.managedFields` can't be read.
public struct ManagedFieldsError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
}

/// The managed fields of an object: for each manager, the fields it owns and when it last changed them
/// (Kubernetes documentation, "Server-Side Apply", field management).
struct ManagedFields: Sendable {
  struct Entry: Sendable {
    var fields: FieldSet
    /// The version in which the fields are named.
    var apiVersion: String
    /// RFC 3339; nil where the object did not change.
    var time: String?
  }

  var entries: [ManagerIdentity: Entry] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// The managers, sorted.
  var managers: [ManagerIdentity] {
    entries.keys.map { ($0.sortKey, $0) }.sorted { ValueOrder.compare($0.0, $1.0) < 0 }.map(\.1)
  }

  init() {}

  /// Reads `metadata.managedFields`.
  /// - Throws: ``ManagedFieldsError`` in the words of the real server.
  init(_ value: Value?) throws(ManagedFieldsError) {
    guard let list = value?.array else { return }
    for (index, item) in list.enumerated() {
      guard let operation = ManagerIdentity.Operation(rawValue: item["operation"]?.string ?? ""),
        operation != .current
      else { throw ManagedFieldsError(description: "operation must be `Apply` or `Update`") }
      let apiVersion = item["apiVersion"]?.string ?? ""
      if apiVersion.isEmpty { throw ManagedFieldsError(description: "apiVersion must not be empty") }
      switch item["fieldsType"]?.string ?? "" {
      case "FieldsV1": break
      case "": throw ManagedFieldsError(description: "missing fieldsType in managed fields entry \(index)")
      case let type:
        throw ManagedFieldsError(
          description: "invalid fieldsType \(FieldError.quoted(type)) in managed fields entry \(index)")
      }
      let identity = ManagerIdentity(
        manager: item["manager"]?.string ?? "", operation: operation,
        apiVersion: operation == .apply ? "" : apiVersion, subresource: item["subresource"]?.string ?? "")
      do {
        entries[identity] = Entry(
          fields: try FieldSet(fieldsV1: item["fieldsV1"] ?? .null), apiVersion: apiVersion,
          time: item["time"]?.string)
      } catch {
        throw ManagedFieldsError(description: "error decoding set: \(error)")
      }
    }
  }

  /// `metadata.managedFields`, by operation, time and manager; nil where nobody manages anything.
  var value: Value? {
    if entries.isEmpty { return nil }
    let sorted = entries.sorted { a, b in
      for (x, y) in [
        (a.key.operation.rawValue, b.key.operation.rawValue), (a.value.time ?? "", b.value.time ?? ""),
        (a.key.manager, b.key.manager), (a.value.apiVersion, b.value.apiVersion),
        (a.key.subresource, b.key.subresource),
      ] {
        let order = ValueOrder.compare(x, y)
        if order != 0 { return order < 0 }
      }
      return false
    }
    return .array(sorted.map { Self.value($0.key, $0.value) })
  }

  private static func value(_ identity: ManagerIdentity, _ entry: Entry) -> Value {
    var object = Object(minimumCapacity: 7)
    if !identity.manager.isEmpty { object["manager"] = .string(identity.manager) }
    object["operation"] = .string(identity.operation.rawValue)
    object["apiVersion"] = .string(entry.apiVersion)
    object["time"] = entry.time.map(Value.string)
    object["fieldsType"] = "FieldsV1"
    object["fieldsV1"] = entry.fields.fieldsV1
    if !identity.subresource.isEmpty { object["subresource"] = .string(identity.subresource) }
    return .object(object)
  }

  /// Merges the oldest entries of updates, version by version, until no more than the bound are left.
  mutating func capUpdates(at bound: Int = 10) {
    var updates = entries.filter { $0.key.operation == .update }.map {
      (key: $0.key.sortKey, $0.value, $0.key)
    }
    if updates.count <= bound { return }
    updates.sort { a, b in
      let times = ValueOrder.compare(a.1.time ?? "", b.1.time ?? "")
      return times != 0 ? times < 0 : ValueOrder.compare(a.key, b.key) < 0
    }
    var firstOfVersion: [String: ManagerIdentity] = [:]
    var count = updates.count
    for (_, entry, identity) in updates {
      if count <= bound { return }
      guard let first = firstOfVersion[entry.apiVersion] else {
        firstOfVersion[entry.apiVersion] = identity
        continue
      }
      let bucket = ManagerIdentity(
        manager: "ancient-changes", operation: .update, apiVersion: entry.apiVersion, subresource: "")
      var merged = entries[bucket] ?? entries.removeValue(forKey: first) ?? entry
      merged.fields = merged.fields.union(entry.fields)
      merged.time = entry.time
      entries[identity] = nil
      entries[bucket] = merged
      count -= 1
    }
  }
}
