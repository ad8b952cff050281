import Schema
import Values

/// A rule about a new or changed object as a whole.
typealias ObjectRule = @Sendable (_ object: Field, inout Findings) -> Void
/// A rule about what changed.
typealias ChangeRule = @Sendable (_ new: Field, _ old: Value, inout Findings) -> Void

/// How the registry of one kind validates its objects (pkg/registry/*/strategy.go).
struct KindRules: Sendable {
  /// What is looked at when an object changes.
  enum Step: Sendable {
    /// The metadata as of a new object.
    case metadata
    /// What may not change in metadata.
    case metadataUpdate
    /// All but the metadata, as of a new object.
    case content
    /// What the kind does not let change.
    case change
  }

  var name = NameRule.subdomain
  /// Whether finalizers must be known or qualified.
  var checksFinalizers = false
  /// Whether metadata is left to the check that every kind gets.
  var skipsMetadata = false
  var content: ObjectRule = { _, _ in }
  /// What a new object must satisfy besides.
  var create: ObjectRule = { _, _ in }
  var change: ChangeRule = { _, _, _ in }
  var steps: [Step] = [.metadataUpdate, .metadata, .content, .change]
  /// Rules for the paths below an object. Those that are not here check metadata only.
  var subresources: [String: ChangeRule] = [:]
}

extension KindRules {
  func metadata(_ object: Field, isNamespaced: Bool, _ errors: inout Findings) {
    if skipsMetadata { return }
    Metadata.validate(
      object["metadata"], isNamespaced: isNamespaced, name: name, checksFinalizers: checksFinalizers, &errors)
  }

  func metadataUpdate(_ new: Field, _ old: Value, _ errors: inout Findings) {
    Metadata.validateUpdate(
      new["metadata"], old: old["metadata"], checksFinalizers: checksFinalizers, &errors)
  }

  func validateCreate(_ object: Field, isNamespaced: Bool) -> Findings {
    var errors = Findings()
    metadata(object, isNamespaced: isNamespaced, &errors)
    content(object, &errors)
    create(object, &errors)
    return errors
  }

  func validateUpdate(_ new: Field, _ old: Value, isNamespaced: Bool) -> Findings {
    var errors = Findings()
    for step in steps {
      switch step {
      case .metadata: metadata(new, isNamespaced: isNamespaced, &errors)
      case .metadataUpdate: metadataUpdate(new, old, &errors)
      case .content: content(new, &errors)
      case .change: change(new, old, &errors)
      }
    }
    return errors
  }
}
