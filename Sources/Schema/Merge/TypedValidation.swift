import Values

extension TypedValue {
  /// Checks that the value fits its type, as server-side apply does before it merges.
  /// - Parameter allowingDuplicates: lists of type `set` and `map` may hold an item twice.
  /// - Throws: ``TypedError`` with every finding, up to a bound.
  public func validate(allowingDuplicates: Bool = false) throws(TypedError) {
    var check = TypeCheck(allowsDuplicates: allowingDuplicates)
    check.check(value, type)
    if !check.findings.isEmpty { throw TypedError(findings: check.findings) }
  }
}

/// Walks a value along its type and collects what does not fit.
private struct TypeCheck {
  let allowsDuplicates: Bool
  var findings: [TypedError.Finding] = []
  private var path: [PathElement] = []

  /// Nobody reads past the first hundred.
  private static let limit = 100

  init(allowsDuplicates: Bool) { self.allowsDuplicates = allowsDuplicates }

  mutating func check(_ value: Value, _ type: FieldType) {
    if value.isNull || findings.count >= Self.limit { return }
    switch MergeShape(type, of: value) {
    case .scalar: checkScalar(value, type.shape)
    case .list(let element, let listType):
      guard case .array(let items) = value else {
        return note("expected list, got &{\(GoPrint.plain(value))}")
      }
      checkItems(items, element, listType)
    case .map(let map):
      guard case .object(let object) = value else {
        return note("expected map, got &{\(GoPrint.plain(value))}")
      }
      checkMembers(object, map)
    }
  }

  private mutating func checkMembers(_ object: Object, _ map: MergeMap) {
    for (key, value) in object {
      path.append(.field(key))
      defer { path.removeLast() }
      guard let type = map.declaredType(of: key) else { return note("field not declared in schema") }
      check(value, type)
    }
  }

  private mutating func checkItems(_ items: [Value], _ type: FieldType, _ listType: FieldType.ListType) {
    let keys = ListKeys(listType, element: type)
    var seen = Set<PathElement>()
    for (index, item) in items.enumerated() {
      var element = PathElement.index(index)
      if listType != .atomic {
        do throws(TypedError.Reason) {
          element = try keys.element(of: item)
        } catch {
          return note("element \(index): \(error.text)")
        }
        if !seen.insert(element).inserted, !allowsDuplicates {
          note("duplicate entries for key \(element)")
        }
      }
      path.append(element)
      check(item, type)
      path.removeLast()
    }
  }

  private mutating func checkScalar(_ value: Value, _ shape: FieldType.Shape) {
    switch (shape, value) {
    case (.integer, .int), (.integer, .double), (.number, .int), (.number, .double): break
    case (.integer, _), (.number, _):
      note("expected numeric (int or float), got \(GoPrint.type(value))")
    case (.boolean, .bool): break
    case (.boolean, _): note("expected boolean, got &{\(GoPrint.plain(value))}")
    case (.string, .string), (.bytes, .string), (.duration, .string): break
    case (.string, _), (.bytes, _), (.duration, _):
      note("expected string, got &value.valueUnstructured{Value:\(GoPrint.syntax(value))}")
    case (_, .array), (_, .object): note("expected any scalar, got &{\(GoPrint.plain(value))}")
    default: break
    }
  }

  private mutating func note(_ message: String) {
    if findings.count < Self.limit {
      findings.append(TypedError.Finding(path: FieldSet.text(path), message: message))
    }
  }
}
