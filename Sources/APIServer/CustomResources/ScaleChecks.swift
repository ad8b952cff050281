import Schema
import Values

/// Checks of the fields of a custom object that its `scale` subresource shows.
enum ScaleChecks {
  private static let most: Int64 = 2_147_483_647

  /// - Parameter scale: `subresources.scale` of the version; nil where there is none.
  static func spec(_ object: Value, _ scale: Value?) -> [FieldError] {
    guard let path = scale?["specReplicasPath"]?.string else { return [] }
    return replicas(object, path)
  }

  static func status(_ object: Value, _ scale: Value?) -> [FieldError] {
    guard let scale else { return [] }
    var errors: [FieldError] = []
    if let path = scale["statusReplicasPath"]?.string { errors += replicas(object, path) }
    if let path = scale["labelSelectorPath"]?.string, !path.isEmpty {
      do throws(Misfit) {
        guard let value = try member(object, path), value.string == nil else { return errors }
        errors.append(.invalid(FieldPath(path), "", accessor(path, value, expected: "string")))
      } catch {
        errors.append(.invalid(FieldPath(path), "", error.text))
      }
    }
    return errors
  }

  private static func replicas(_ object: Value, _ path: String) -> [FieldError] {
    do throws(Misfit) {
      guard let value = try member(object, path) else { return [] }
      guard case .int(let count) = value else {
        return [.invalid(FieldPath(path), 0, accessor(path, value, expected: "int64"))]
      }
      if count < 0 { return [.invalid(FieldPath(path), value, "should be a non-negative integer")] }
      if count > most { return [.invalid(FieldPath(path), value, "should be less than or equal to \(most)")] }
      return []
    } catch {
      return [.invalid(FieldPath(path), 0, error.text)]
    }
  }

  /// What keeps a path from leading to its end.
  private struct Misfit: Error {
    var text: String
  }

  /// The member at a path such as `.spec.replicas`; nil where there is none.
  private static func member(_ object: Value, _ path: String) throws(Misfit) -> Value? {
    let keys = path.split(separator: ".").map(String.init)
    var here = object
    for (i, key) in keys.enumerated() {
      guard case .object(let members) = here else {
        let walked = "." + keys.prefix(i + 1).joined(separator: ".")
        throw Misfit(text: accessor(walked, here, expected: "map[string]interface{}"))
      }
      guard let next = members[key] else { return nil }
      here = next
    }
    return here
  }

  private static func accessor(_ path: String, _ value: Value, expected: String) -> String {
    "\(path) accessor error: \(GoMap.text(value)) is of the type \(goType(value)), expected \(expected)"
  }

  private static func goType(_ value: Value) -> String {
    switch value {
    case .null: "<nil>"
    case .bool: "bool"
    case .int: "int64"
    case .double: "float64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }
}
