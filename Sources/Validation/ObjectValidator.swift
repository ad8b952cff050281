import Schema
import Values

/// Validation of objects before they are stored: what the registries' strategies and the check of metadata
/// that follows them find (k8s.io/apiserver/pkg/registry/rest/create.go, update.go).
public enum ObjectValidator {
  /// Findings about a new object, in the storage version, decoded, defaulted and prepared.
  /// - Parameter type: the type of the object. Custom objects get their metadata checked only.
  /// - Returns: the findings in the real server's order; none for a good object.
  public static func create(_ object: Value, _ resource: APIResource, type: ObjectType) -> [FieldError] {
    let field = Field(object)
    let rules = KindCatalog.rules(resource)
    let errors = rules.validateCreate(field, isNamespaced: resource.isNamespaced)
    return errors.isEmpty ? commonMetadata(field, isNamespaced: resource.isNamespaced) : errors
  }

  /// Findings about a changed object.
  /// - Parameters:
  ///   - subresource: the path below the object that is written, such as `status`; empty for the object
  ///     itself. For `scale` the objects are the Scale or what it scales.
  public static func update(
    _ new: Value, old: Value, _ resource: APIResource, subresource: String, type: ObjectType
  ) -> [FieldError] {
    let field = Field(new)
    let rules = KindCatalog.rules(resource)
    var errors = commonMetadata(field, isNamespaced: resource.isNamespaced)
    Metadata.validateUpdate(field["metadata"], old: old["metadata"], checksFinalizers: false, &errors)
    if subresource.isEmpty {
      errors += rules.validateUpdate(field, old, isNamespaced: resource.isNamespaced)
    } else if subresource == "scale" {
      errors.nonNegative(field["spec"]["replicas"])
    } else if let rule = rules.subresources[subresource] {
      rule(field, old, &errors)
    } else {
      rules.metadataUpdate(field, old, &errors)
    }
    return errors
  }

  /// Findings about the addresses of a Service and their families, before any is allocated.
  public static func serviceAddresses(_ service: Value) -> [FieldError] {
    var errors = Findings()
    ServiceRules.addresses(Field(service)["spec"], &errors)
    return errors
  }

  /// Texts for Warning headers: deprecated fields, and settings that are likely mistakes.
  /// - Parameter old: the stored object; nil for a new one.
  public static func warnings(for new: Value, old: Value?, _ resource: APIResource) -> [String] {
    KindWarnings.warnings(for: Field(new), old: old, resource)
  }

  /// What every kind's metadata must satisfy, whatever its own rules are.
  private static func commonMetadata(_ object: Field, isNamespaced: Bool) -> Findings {
    var errors = Findings()
    Metadata.validate(
      object["metadata"], isNamespaced: isNamespaced, name: .pathSegment, checksFinalizers: false, &errors)
    return errors
  }
}
