import Values

/// The annotation by which kubectl remembers what it applied from the client's side, and how server-side
/// apply by kubectl takes over from it (KEP-555, "Upgrading from client-side apply").
enum LastApplied {
  static let annotation = "kubectl.kubernetes.io/last-applied-configuration"
  /// The manager that is taken for kubectl.
  static let manager = "kubectl"
  /// All annotations together may have no more bytes (k8s.io/apimachinery/pkg/api/validation).
  private static let annotationsLimit = 256 * 1024

  /// The fields that the annotation says kubectl applied and that still have the value it gave them; nil
  /// where there is no such annotation, or it can't be read.
  static func ownFields(of live: Value, type: FieldType, apiVersion: String) -> FieldSet? {
    guard let text = live["metadata"]?["annotations"]?[annotation]?.string, !text.isEmpty,
      let last = try? JSON.parse(text), last["apiVersion"]?.string == apiVersion
    else { return nil }
    let applied = TypedValue(last, type: type)
    guard (try? applied.validate()) != nil else { return nil }
    let changes = applied.compare(to: TypedValue(live, type: type))
    return applied.fieldSet.difference(changes.modified).difference(changes.added).difference(changes.removed)
  }

  /// Writes what was applied into the annotation, if the object has it.
  static func renew(in object: inout Value, from applied: Value) {
    guard case .object(var annotations)? = object["metadata"]?["annotations"],
      annotations[annotation]?.string?.isEmpty == false
    else { return }
    var applied = applied
    if applied["metadata"]?["annotations"]?.object != nil {
      applied.set(nil, at: ["metadata", "annotations", annotation])
    }
    annotations[annotation] = .string(JSON.text(sorted(applied)) + "\n")
    let size = annotations.reduce(0) { $0 + $1.key.utf8.count + ($1.value.string?.utf8.count ?? 0) }
    if size > annotationsLimit { annotations[annotation] = nil }
    object.set(.object(annotations), at: ["metadata", "annotations"])
  }

  /// The value with its keys sorted, as Go writes maps.
  private static func sorted(_ value: Value) -> Value {
    switch value {
    case .array(let elements): .array(elements.map(sorted))
    case .object(let object): .object(Object(object.sortedKeys.map { ($0, sorted(object[$0] ?? .null)) }))
    default: value
    }
  }
}
