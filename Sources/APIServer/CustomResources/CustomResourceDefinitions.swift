import Schema
import Values

/// CustomResourceDefinition objects as the registry and the controllers deal with them.
public enum CustomResourceDefinitions {
  public static let resource = GroupResource(
    group: "apiextensions.k8s.io", resource: "customresourcedefinitions")

  /// Holds a definition that is being deleted until its objects are gone.
  public static let cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

  /// What the deletion of a definition begins with: it stays until its objects are gone.
  static func markDeleted(_ definition: inout Value) {
    var finalizers = ObjectMeta.finalizers(definition)
    if !finalizers.contains(cleanupFinalizer) { finalizers.append(cleanupFinalizer) }
    definition["metadata"]?["finalizers"] = Value(finalizers)
    setCondition(
      &definition, "Terminating", isTrue: true, reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon")
  }

  /// The condition of that type; nil where there is none.
  public static func condition(_ definition: Value, _ type: String) -> Value? {
    definition["status"]?["conditions"]?.array?.first { $0["type"]?.string == type }
  }

  public static func isTrue(_ definition: Value, _ type: String) -> Bool {
    condition(definition, type)?["status"]?.string == "True"
  }

  /// Sets a condition; its time changes when its status does.
  public static func setCondition(
    _ definition: inout Value, _ type: String, isTrue: Bool, reason: String, message: String
  ) {
    let status = isTrue ? "True" : "False"
    let before = condition(definition, type)
    let since = before?["status"]?.string == status ? before?["lastTransitionTime"] : nil
    let new: Value = [
      "type": .string(type), "status": .string(status),
      "lastTransitionTime": since ?? .string(Timestamp.now.rfc3339), "reason": .string(reason),
      "message": .string(message),
    ]
    var conditions = definition["status"]?["conditions"]?.array ?? []
    if let i = conditions.firstIndex(where: { $0["type"]?.string == type }) {
      conditions[i] = new
    } else {
      conditions.append(new)
    }
    definition["status", default: [:]]["conditions"] = .array(conditions)
  }
}
