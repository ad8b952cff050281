import Schema
import Testing
import Values

/// Types and values that the tests use.
enum MergeSample {
  static func type(_ apiVersion: String, _ kind: String) -> ObjectType? {
    GroupVersion(apiVersion: apiVersion).flatMap { TypeTable.builtIn.type(of: $0.kind(kind)) }
  }

  static func manager(
    _ apiVersion: String, _ kind: String, subresource: String = "", versions: FieldManager.Versions = .one
  ) throws -> FieldManager {
    let groupVersion = try #require(GroupVersion(apiVersion: apiVersion))
    let groupVersionKind = groupVersion.kind(kind)
    let type = try #require(TypeTable.builtIn.type(of: groupVersionKind), "\(groupVersionKind)")
    return FieldManager(
      kind: groupVersionKind, type: type, subresource: subresource,
      resetFields: .of(groupVersionKind.groupKind, subresource: subresource), versions: versions)
  }

  static let noon = Timestamp(seconds: 1_767_268_800)  // 2026-01-01T12:00:00Z
  static let later = noon.adding(seconds: 60)

  /// The ConfigMap `c` in the namespace `n`.
  static func config(_ data: Value?, _ metadata: Object = [:]) -> Value {
    var metadata = metadata
    metadata["name"] = "c"
    metadata["namespace"] = "n"
    var object: Object = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": .object(metadata)]
    object["data"] = data
    return .object(object)
  }

  /// The status with which something is refused.
  static func refusal(_ body: () throws -> Value) -> StatusError? {
    do { _ = try body() } catch { return error as? StatusError }
    return nil
  }
}

extension Value {
  /// As the store would give it back: with an identity.
  var stored: Value {
    var value = self
    value.set("u", at: ["metadata", "uid"])
    return value
  }

  /// The entries of `metadata.managedFields`.
  var entries: [Value] { self["metadata"]?["managedFields"]?.array ?? [] }

  /// The object without `metadata.managedFields`.
  var unmanaged: Value {
    var value = self
    value.set(nil, at: ["metadata", "managedFields"])
    return value
  }

  /// The entries of `metadata.managedFields` without their times, by manager and operation.
  var owners: [String: Value] {
    var owners: [String: Value] = [:]
    for entry in self["metadata"]?["managedFields"]?.array ?? [] {
      var name = "\(entry["manager"]?.string ?? "")/\(entry["operation"]?.string ?? "")"
      if let subresource = entry["subresource"]?.string { name += "/\(subresource)" }
      owners[name] = entry["fieldsV1"] ?? .null
    }
    return owners
  }
}
