import Values

/// Fills in what a document leaves out (pkg/apis/*/defaults.go and the `+default` markers of the API types).
/// Constant defaults are data, in the table `defaults.json`; those that compute are in ``DefaultRules``.
public enum Defaults {
  /// Objects and lists inside each other; what is deeper gets no defaults.
  private static let depthLimit = 500

  /// Defaults an object that ``TypedDecoder`` has decoded, so that structs by value are there to be filled.
  /// Kinds that are not built in are left alone.
  public static func apply(to object: inout Value, kind: GroupVersionKind) {
    guard let type = TypeTable.builtIn.type(of: kind) else { return }
    apply(to: &object, as: type)
  }

  /// Defaults a value of a built-in type.
  public static func apply(to value: inout Value, as type: ObjectType) {
    let plan = DefaultPlan.of(type)
    if plan.isEmpty { return }
    value.edit { apply(plan, to: &$0, depth: 0) }
  }

  private static func apply(_ plan: DefaultPlan, to object: inout Object, depth: Int) {
    if depth > depthLimit { return }
    for constant in plan.constants {
      let value = object[constant.name] ?? .null
      if value.isNull || constant.replacesZero && value.isZeroScalar {
        object[constant.name] = constant.value
      }
    }
    plan.rule?(&object)
    for child in plan.children {
      switch child.form {
      case .object: object.edit(child.name) { apply(child.plan, to: &$0, depth: depth + 1) }
      case .list: object.editEach(child.name) { apply(child.plan, to: &$0, depth: depth + 1) }
      case .map:
        object.edit(child.name) { map in
          for key in map.keys { map.edit(key) { apply(child.plan, to: &$0, depth: depth + 1) } }
        }
      }
    }
  }
}
