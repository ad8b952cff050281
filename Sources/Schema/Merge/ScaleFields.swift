import Values

/// Carries the ownership of the number of replicas between an object and its `scale` subresource, whose
/// kind has fields of its own (k8s.io/apimachinery/pkg/util/managedfields, ScaleHandler).
public struct ScaleFields: Sendable {
  private let apiVersion: String
  private let replicasPaths: [String: [PathElement]?]

  private static let scaleAPIVersion = "autoscaling/v1"
  private static let scalePath: [PathElement] = [.field("spec"), .field("replicas")]

  /// - Parameters:
  ///   - apiVersion: the version of the object in which the request came.
  ///   - replicasPaths: for each version of the object's kind, where its replicas are (`spec.replicas`);
  ///     nil for a version without scale.
  public init(apiVersion: String, replicasPaths: [String: String?]) {
    self.apiVersion = apiVersion
    self.replicasPaths = replicasPaths.mapValues { path in
      path.map { $0.split(separator: ".").map { .field(String($0)) } }
    }
  }

  /// The managed fields of the object that say who owns its replicas, as a Scale has them.
  /// - Throws: ``ManagedFieldsError`` where the object's can't be read.
  public func toScale(_ managedFields: Value?) throws(ManagedFieldsError) -> Value? {
    let parent = try ManagedFields(managedFields)
    var scale = ManagedFields()
    for (manager, entry) in parent.entries {
      guard let path = replicasPaths[entry.apiVersion] ?? nil, entry.fields.has(path) else { continue }
      var entry = entry
      entry.fields = FieldSet(paths: [Self.scalePath])
      entry.apiVersion = Self.scaleAPIVersion
      var identity = manager
      if !identity.apiVersion.isEmpty { identity.apiVersion = Self.scaleAPIVersion }
      scale.entries[identity] = entry
    }
    return scale.value
  }

  /// The object's managed fields after its Scale was written.
  /// - Parameters:
  ///   - managedFields: those of the object before.
  ///   - scale: those of the Scale after.
  /// - Throws: ``ManagedFieldsError`` where either can't be read.
  public func toParent(_ managedFields: Value?, scale: Value?) throws(ManagedFieldsError) -> Value? {
    let before = try ManagedFields(managedFields)
    var scale = try ManagedFields(scale)
    var after = ManagedFields()
    for (manager, entry) in before.entries {
      // The version is no longer served.
      guard let known = replicasPaths[entry.apiVersion] else { continue }
      guard let path = known, entry.fields.has(path) else {
        after.entries[manager] = entry
        continue
      }
      var inScale = manager
      if !inScale.apiVersion.isEmpty { inScale.apiVersion = Self.scaleAPIVersion }
      var entry = entry
      if scale.entries.removeValue(forKey: inScale) == nil {
        entry.fields = entry.fields.difference(FieldSet(paths: [path]))
      }
      if !entry.fields.isEmpty { after.entries[manager] = entry }
    }
    guard let path = replicasPaths[apiVersion] ?? nil else { return after.value }
    for (manager, entry) in scale.entries where entry.fields.has(Self.scalePath) {
      var identity = manager
      if !identity.apiVersion.isEmpty { identity.apiVersion = apiVersion }
      after.entries[identity] = ManagedFields.Entry(
        fields: FieldSet(paths: [path]), apiVersion: apiVersion, time: entry.time)
    }
    return after.value
  }
}
