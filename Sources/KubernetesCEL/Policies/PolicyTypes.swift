import CEL

/// The types of what admission's expressions are given besides the objects
/// (Kubernetes documentation, "Validating Admission Policy", Validation Expression).
struct PolicyTypes: TypeProvider {
  static let request = "kubernetes.AdmissionRequest"
  static let namespace = "kubernetes.Namespace"
  static let variables = "kubernetes.variables"

  private static let types: [String: [String: CELType]] = [
    request: [
      "kind": .object("kubernetes.GroupVersionKind"), "resource": .object("kubernetes.GroupVersionResource"),
      "subResource": .string, "requestKind": .object("kubernetes.GroupVersionKind"),
      "requestResource": .object("kubernetes.GroupVersionResource"), "requestSubResource": .string,
      "name": .string, "namespace": .string, "operation": .string,
      "userInfo": .object("kubernetes.UserInfo"), "dryRun": .bool, "options": .dyn,
    ],
    "kubernetes.GroupVersionKind": ["group": .string, "version": .string, "kind": .string],
    "kubernetes.GroupVersionResource": ["group": .string, "version": .string, "resource": .string],
    "kubernetes.UserInfo": [
      "username": .string, "uid": .string, "groups": .list(.string), "extra": .map(.string, .list(.string)),
    ],
    namespace: [
      "metadata": .object("kubernetes.NamespaceMetadata"), "spec": .object("kubernetes.NamespaceSpec"),
      "status": .object("kubernetes.NamespaceStatus"),
    ],
    "kubernetes.NamespaceMetadata": [
      "name": .string, "generateName": .string, "namespace": .string, "labels": .map(.string, .string),
      "annotations": .map(.string, .string), "UID": .string, "creationTimestamp": .timestamp,
      "deletionGracePeriodSeconds": .int, "deletionTimestamp": .timestamp, "generation": .int,
      "resourceVersion": .string, "finalizers": .list(.string),
    ],
    "kubernetes.NamespaceSpec": ["finalizers": .list(.string)],
    "kubernetes.NamespaceStatus": [
      "conditions": .list(.object("kubernetes.NamespaceCondition")), "phase": .string,
    ],
    "kubernetes.NamespaceCondition": [
      "status": .string, "type": .string, "lastTransitionTime": .timestamp, "message": .string,
      "reason": .string,
    ],
  ]

  func hasType(_ name: String) -> Bool { Self.types[name] != nil }
  func fieldType(_ field: String, of type: String) -> CELType? { Self.types[type]?[field] }
}

/// The type of `variables`: those that are known so far.
struct VariableTypes: TypeProvider {
  let fields: [String: CELType]

  func hasType(_ name: String) -> Bool { name == PolicyTypes.variables }
  func fieldType(_ field: String, of type: String) -> CELType? { fields[field] }
}
