import Schema
import Values

/// What a configuration file may hold: the members of its objects and their types. Reading by a shape is
/// strict as the real server's (k8s.io/apimachinery runtime serializer json, with Strict).
public indirect enum ConfigurationShape: Sendable {
  case string
  case bool
  case list(ConfigurationShape)
  /// An object with the name of its Go type, which error messages tell.
  case object(String, [String: ConfigurationShape])

  /// Checks a value that was read from a file.
  /// - Parameter unknown: gains a text for each member that is not in the shape.
  /// - Throws: ``DecodeError`` for the first value that is not of its type.
  func check(_ value: Value, _ unknown: inout [String]) throws(DecodeError) {
    var place = Place()
    try check(value, &place, &unknown)
  }

  /// Where in the file a value stands.
  private struct Place {
    /// The innermost object's Go type.
    var type = ""
    /// The fields without indices, as type errors tell them.
    var fields: [String] = []
    /// With indices, as strict errors tell it.
    var path = FieldPath()
  }

  private func check(
    _ value: Value, _ place: inout Place, _ unknown: inout [String]
  ) throws(DecodeError) {
    switch (self, value) {
    case (_, .null), (.string, .string), (.bool, .bool): return
    case (.list(let element), .array(let values)):
      for (i, value) in values.enumerated() {
        var inner = place
        inner.path = place.path.index(i)
        try element.check(value, &inner, &unknown)
      }
    case (.object(let type, let members), .object(let object)):
      for (key, value) in object {
        guard let member = members[key] else {
          if unknown.count < StrictErrors.limit {
            unknown.append("unknown field \(GoText.quoted(place.path.child(key).description))")
          }
          continue
        }
        var inner = place
        inner.type = type
        inner.fields.append(key)
        inner.path = place.path.child(key)
        try member.check(value, &inner, &unknown)
      }
    default:
      let target =
        place.fields.isEmpty
        ? "Go value" : "Go struct field \(place.type).\(place.fields.joined(separator: "."))"
      throw DecodeError(
        "json: cannot unmarshal \(value.jsonKind) into \(target) of type \(goType)")
    }
  }

  private var goType: String {
    switch self {
    case .string: "string"
    case .bool: "bool"
    case .list(let element): "[]\(element.goType)"
    case .object(let type, _): type
    }
  }
}
