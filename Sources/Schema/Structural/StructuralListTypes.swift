import Values

extension StructuralSchema {
  /// Checks that lists which are sets hold nothing twice, and lists which are maps no key twice
  /// (`x-kubernetes-list-type`).
  /// - Parameter path: of the value in its object.
  public func validateListTypes(_ value: Value, at path: FieldPath = FieldPath()) -> [FieldError] {
    var errors: [FieldError] = []
    checkListTypes(value, path, 0, &errors)
    return errors
  }

  private func checkListTypes(_ value: Value, _ path: FieldPath, _ depth: Int, _ errors: inout [FieldError]) {
    guard depth < 500, errors.count < StructuralValidation.findingLimit else { return }
    switch value {
    case .object(let object):
      for key in object.sortedKeys {
        guard let child = object[key] else { continue }
        if let type = properties[key] {
          type.checkListTypes(child, path.child(key), depth + 1, &errors)
        } else if case .schema(let type) = additionalProperties {
          type.checkListTypes(child, path.key(key), depth + 1, &errors)
        }
      }
    case .array(let list):
      switch listType {
      case "set": errors += Self.repeated(list).map { .duplicate(path.index($0), list[$0]) }
      case "map": errors += mapErrors(list, path)
      default: break
      }
      guard let items else { return }
      for (i, item) in list.enumerated() { items.checkListTypes(item, path.index(i), depth + 1, &errors) }
    default: break
    }
  }

  private func mapErrors(_ list: [Value], _ path: FieldPath) -> [FieldError] {
    if let i = list.firstIndex(where: { !$0.isNull && $0.object == nil }) {
      return [.invalid(path.index(i), list[i], "must be an object for an array of list-type map")]
    }
    let keys = list.map { ListKey.of($0, listMapKeys) }
    return Self.repeated(keys).map { .duplicate(path.index($0), keys[$0]) }
  }

  /// The places where a value stands for the second time.
  private static func repeated(_ list: [Value]) -> [Int] {
    var times: [Value: Int] = [:]
    var places: [Int] = []
    for (i, value) in list.enumerated() {
      times[value, default: 0] += 1
      if times[value] == 2 { places.append(i) }
    }
    return places
  }
}
