import Schema
import Values

/// Validation of the built-in kinds.
public enum ObjectValidator {
  /// Findings about a new object, in the storage version, decoded, defaulted and prepared.
  public static func create(_ object: Value, _ resource: APIResource, type: ObjectType) -> [FieldError] { [] }

  /// Findings about a changed object.
  public static func update(
    _ new: Value, old: Value, _ resource: APIResource, subresource: String, type: ObjectType
  ) -> [FieldError] { [] }

  /// Texts for Warning headers.
  public static func warnings(for new: Value, old: Value?, _ resource: APIResource) -> [String] { [] }
}
