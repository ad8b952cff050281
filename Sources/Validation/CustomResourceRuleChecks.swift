import CEL
import KubernetesCEL
import Schema
import Values

/// Checks of `x-kubernetes-validations` in one version of a CustomResourceDefinition: that the rules compile,
/// and what they may cost (k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation).
struct CustomResourceRuleChecks {
  /// A schema with rules, as far as the schemas around it bear on them.
  struct Place {
    var scope: RuleScope
    /// How many values there may be; nil where no limit of a list or map says so.
    var cardinality: UInt64? = 1
    /// The highest list around whose elements can't be found again after a change.
    var uncorrelatable: FieldPath?

    fileprivate func inside(_ scope: RuleScope?, of schema: Field) -> Place? {
      guard let scope else { return nil }
      let count = Self.elements(schema)
      return Place(
        scope: scope, cardinality: cardinality.flatMap { outer in count.map(outer.saturatingMultiply) },
        uncorrelatable: uncorrelatable)
    }

    func property(_ key: String, of schema: Field) -> Place? { inside(scope.property(key), of: schema) }

    func entries(of schema: Field) -> Place? { inside(scope.entries, of: schema) }

    func items(of schema: Field) -> Place? {
      var place = inside(scope.items, of: schema)
      if schema["x-kubernetes-list-type"].text != "map", uncorrelatable == nil {
        place?.uncorrelatable = schema.path
      }
      return place
    }

    /// How many values a value of the schema may hold; nil where there is no limit.
    private static func elements(_ schema: Field) -> UInt64? {
      let limit: Field
      switch schema["type"].text {
      case "object" where schema["additionalProperties"].isSet: limit = schema["maxProperties"]
      case "array": limit = schema["maxItems"]
      default: return 1
      }
      return limit.int.map { UInt64(max(0, $0)) }
    }
  }

  private struct Expense {
    let path: FieldPath
    let cost: UInt64
  }

  private(set) var findings: Findings = []
  /// The version was accepted as it is: what a single rule costs is not held against it.
  private let isUnchanged: Bool
  private var total: UInt64 = 0
  private var mostExpensive: [Expense] = []

  init(isUnchanged: Bool) { self.isUnchanged = isUnchanged }

  /// The place of the whole schema; nil where there are no rules.
  static func root(_ schema: Field) -> Place? {
    guard let value = schema.value, JSONSchema.contains("x-kubernetes-validations", in: value) else {
      return nil
    }
    return Place(scope: RuleScope(root: StructuralSchema(value)))
  }

  /// Compiles the rules of one schema, which has been found to be good otherwise.
  mutating func check(_ schema: Field, _ place: Place) {
    let rules = schema["x-kubernetes-validations"]
    if rules.isEmpty { return }
    guard let compiled = place.scope.compile() else {
      findings.append(
        .internalError(
          rules.path,
          "internal error: failed to construct type information for x-kubernetes-validations rules: unable "
            + "to convert structural schema to CEL declarations"))
      return
    }
    for (index, rule) in compiled.enumerated() {
      check(rule, rules.index(index), place)
    }
  }

  private mutating func check(_ rule: CompiledRule, _ field: Field, _ place: Place) {
    let times = place.cardinality ?? place.scope.worstCardinality
    observe(rule.cost.saturatingMultiply(times), field["rule"], "estimated rule cost")
    if let fault = rule.fault {
      findings.invalid(field["rule"], showing: GoStruct.value(field.value, as: "ValidationRule"), fault)
    }
    if let fault = rule.messageFault {
      findings.invalid(
        field["messageExpression"], showing: GoStruct.value(field.value, as: "ValidationRule"), fault)
    } else if rule.message != nil {
      observe(rule.messageCost, field["messageExpression"], "estimated messageExpression cost")
    }
    if rule.usesOldSelf {
      if let path = place.uncorrelatable {
        findings.invalid(
          field["rule"], "oldSelf cannot be used on the uncorrelatable portion of the schema within \(path)")
      }
    } else if field["optionalOldSelf"].isSet {
      findings.invalid(field["optionalOldSelf"], "may not be set if oldSelf is not used in rule")
    }
  }

  // MARK: - Costs

  private static let ruleLimit = KubernetesCEL.Limits.staticRule
  private static let totalLimit = KubernetesCEL.Limits.staticDefinition
  /// The most rules that are named where the total is too high.
  private static let namedLimit = 4

  private mutating func observe(_ cost: UInt64, _ field: Field, _ name: String) {
    if !isUnchanged, cost > Self.ruleLimit {
      findings.forbidden(field, Self.exceeded(name, cost, Self.ruleLimit))
    }
    total = total.saturatingAdd(cost)
    if cost < Self.totalLimit / 100 { return }
    let place = mostExpensive.firstIndex { $0.cost < cost } ?? mostExpensive.count
    mostExpensive.insert(Expense(path: field.path, cost: cost), at: place)
    if mostExpensive.count > Self.namedLimit { mostExpensive.removeLast() }
  }

  /// Findings about the costs of all rules together.
  /// - Parameter schema: the whole schema.
  mutating func checkTotal(_ schema: Field) {
    guard total > Self.totalLimit else { return }
    for expense in mostExpensive {
      findings.append(
        .forbidden(
          expense.path,
          "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"))
    }
    findings.forbidden(
      schema,
      Self.exceeded(
        "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total,
        Self.totalLimit))
  }

  private static func exceeded(_ name: String, _ cost: UInt64, _ limit: UInt64) -> String {
    let factor = Double(cost) / Double(limit)
    let shown =
      factor > 100
      ? "more than 100x" : "\(DecimalText.fixed(factor, digits: factor < 1.5 ? 6 : 1))x"
    return
      "\(name) exceeds budget by factor of \(shown) (try simplifying the rule, or adding maxItems, "
      + "maxProperties, and maxLength where arrays, maps, and strings are declared)"
  }
}
