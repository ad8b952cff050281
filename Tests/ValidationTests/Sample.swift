import Schema
import Testing
import Values

@testable import Validation

/// A good object of a kind, as it is before validation: what a test changes in it is what is found.
struct Sample {
  let resource: APIResource
  let object: Value

  /// - Parameter resource: as `apps/v1/deployments`; the core group as `v1/pods`.
  init(_ resource: String, _ json: String) throws {
    let parts = resource.split(separator: "/").map(String.init)
    let name = GroupVersionResource(
      group: parts.count == 3 ? parts[0] : "", version: parts[parts.count - 2],
      resource: parts[parts.count - 1])
    self.resource = try #require(APICatalog.builtIn.resource(name))
    var object = try JSON.parse(json)
    object["apiVersion"] = .string(self.resource.groupVersionKind.apiVersion)
    object["kind"] = .string(self.resource.kind)
    var metadata = object["metadata"] ?? .object([:])
    if metadata["name"] == nil { metadata["name"] = "x" }
    if self.resource.isNamespaced { metadata["namespace"] = "n" }
    metadata["uid"] = "u"
    object["metadata"] = metadata
    self.object = object
  }

  private func prepared(_ patch: String, old: Value? = nil, part: String? = nil) throws -> Value {
    var object = merge(old ?? self.object, try JSON.parse(patch))
    Defaults.apply(to: &object, kind: resource.groupVersionKind)
    if let old {
      Strategy.prepareForUpdate(&object, old: old, kind: resource.groupVersionKind, subresource: part)
      object["metadata"]?["resourceVersion"] = "1"
    } else {
      Strategy.prepareForCreate(&object, kind: resource.groupVersionKind)
    }
    return object
  }

  /// What is found in the new object with the changes (a merge patch), each as `path: message`.
  func create(_ patch: String) throws -> [String] {
    ObjectValidator.create(try prepared(patch), resource, type: ObjectType(name: "")).map(\.description)
  }

  /// What is found when the stored object, with the changes `old`, is written with the changes `new`.
  func update(_ old: String, _ new: String, part: String = "") throws -> [String] {
    var stored = merge(try prepared("{}"), try JSON.parse(old))
    stored["metadata"]?["resourceVersion"] = "1"
    let changed = try prepared(new, old: stored, part: part.isEmpty ? nil : part)
    return ObjectValidator.update(
      changed, old: stored, resource, subresource: part, type: ObjectType(name: "")
    ).map(\.description)
  }

  func warnings(_ patch: String) throws -> [String] {
    ObjectValidator.warnings(for: try prepared(patch), old: nil, resource)
  }
}

/// RFC 7386.
private func merge(_ base: Value, _ patch: Value) -> Value {
  guard case .object(let changes) = patch else { return patch }
  var result = base.object == nil ? .object([:]) : base
  for (key, change) in changes {
    result[key] = change.isNull ? nil : merge(result[key] ?? .null, change)
  }
  return result
}
