import Schema
import Values

/// Namespaces.
enum NamespaceRules {
  static let rules = KindRules(
    name: .label, checksFinalizers: true,
    content: { object, errors in
      for finalizer in object["spec"]["finalizers"].elements {
        checkFinalizer(finalizer.text, at: object["spec"]["finalizers"], &errors)
      }
    },
    steps: [.metadata, .content, .metadataUpdate],
    subresources: [
      "status": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        let phase = new["status"]["Phase"].with(new["status"]["phase"].value)
        let isEnding = new["metadata"]["deletionTimestamp"].isSet
        if phase.text != (isEnding ? "Terminating" : "Active") {
          errors.invalidText(
            phase,
            isEnding
              ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
              : "may only be 'Active' if `deletionTimestamp` is empty")
        }
      },
      "finalize": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        for finalizer in new["spec"]["finalizers"].elements {
          checkFinalizer(finalizer.text, at: finalizer, &errors)
        }
      },
    ])

  private static func checkFinalizer(_ name: String, at field: Field, _ errors: inout Findings) {
    for message in Names.qualified(name) { errors.invalid(field, showing: .string(name), message) }
    if !name.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(name) {
      errors.invalid(
        field, showing: .string(name), "name is neither a standard finalizer name nor is it fully qualified")
    }
  }
}
