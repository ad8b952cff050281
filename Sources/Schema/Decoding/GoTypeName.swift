/// The names that Go error messages give to types.
enum GoTypeName {
  /// `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`.
  static func of(_ typeName: String) -> String {
    typeName.split(separator: ".").suffix(2).joined(separator: ".")
  }

  /// `[]v1.Container`, `map[string]string`, `int32`.
  static func of(_ type: FieldType) -> String {
    switch type.shape {
    case .string: "string"
    case .boolean: "bool"
    case .integer(let bits): "int\(bits)"
    case .number: "float64"
    case .bytes: "[]uint8"
    case .time: "v1.Time"
    case .microTime: "v1.MicroTime"
    case .quantity: "resource.Quantity"
    case .intOrString: "intstr.IntOrString"
    case .duration: "v1.Duration"
    case .any: "runtime.RawExtension"
    case .object(let reference): of(reference.name)
    case .list(let element): "[]" + of(element)
    case .map(let entry):
      // The one map of quantities that the API has is core's ResourceList.
      if case .quantity = entry.shape { "v1.ResourceList" } else { "map[string]" + of(entry) }
    }
  }

  /// The type of the elements of `[]T` or the entries of `map[string]T`, where the text says it.
  static func element(of text: String) -> String? {
    for prefix in ["[]", "map[string]"] where text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.utf8.count))
    }
    return nil
  }
}
