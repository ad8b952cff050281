import CEL
import Schema
import Values

extension SchemaRules {
  /// Evaluates the rules for an object, within the budgets of the real server.
  /// - Parameters:
  ///   - object: a custom object that fits its schema.
  ///   - old: what it was before a change; nil for a new one.
  /// - Returns: findings; and warnings, of rules that do not hold for what has not changed.
  public func validate(_ object: Value, old: Value? = nil) -> (errors: [FieldError], warnings: [String]) {
    var run = RuleRun(budget: KubernetesCEL.Limits.object)
    let correlation = old.map { CorrelatedValue(object, old: $0, schema) }
    _ = run.visit(self, object, old: old, .init(current: correlation), FieldPath(), depth: 0)
    return (run.errors, run.warnings)
  }

  /// Evaluates the rules for the default of a schema: as a value that stays what it is, and as a new one.
  /// - Parameters:
  ///   - path: of the default, which findings begin with.
  ///   - budget: what is left for this and later defaults; reduced by what the rules cost.
  public func validateDefault(_ value: Value, at path: FieldPath, budget: inout UInt64) -> [FieldError] {
    let before = budget
    for old in [value, nil] {
      var run = RuleRun(budget: before)
      let isDone = run.visit(self, value, old: old, .init(), path, depth: 0)
      budget = isDone ? min(budget, run.budget) : 0
      if !run.errors.isEmpty { return run.errors }
    }
    return []
  }
}

/// One evaluation of all rules for one object
/// (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel, validation).
private struct RuleRun {
  /// What of the object before a change belongs to a value.
  struct Ratchet {
    var current: CorrelatedValue?
    /// The nearest value around that has such a counterpart.
    var parent: CorrelatedValue?

    /// Findings about the value are let pass: it has not changed.
    var isUnchanged: Bool { current?.isUnchanged ?? parent?.isUnchanged ?? false }

    func key(_ key: String) -> Ratchet {
      guard let current else { return self }
      // Both versions have been converted to the same one: what these were can't be told.
      if parent == nil, key == "apiVersion" || key == "kind" { return Ratchet() }
      return Ratchet(current: current.key(key), parent: current)
    }

    func index(_ index: Int) -> Ratchet {
      guard let current else { return self }
      return Ratchet(current: current.index(index), parent: current)
    }
  }

  var errors: [FieldError] = []
  var warnings: [String] = []
  private(set) var budget: UInt64

  init(budget: UInt64) { self.budget = budget }

  /// About as many findings are kept of one object.
  private static let findingLimit = 1000
  private static let depthLimit = 500

  /// Evaluates the rules of a value and of all in it.
  /// - Returns: false where nothing more is to be evaluated.
  mutating func visit(
    _ node: SchemaRules, _ value: Value, old: Value?, _ ratchet: Ratchet, _ path: FieldPath, depth: Int
  ) -> Bool {
    guard depth < Self.depthLimit, errors.count < Self.findingLimit, warnings.count < Self.findingLimit
    else { return false }
    // Rules about nulls are those of the schema around.
    if value.isNull { return true }
    let old = old?.isNull == true ? nil : old
    guard evaluate(node, value, old: old, ratchet, path) else { return false }
    switch value {
    case .array(let list):
      guard let items = node.items else { return true }
      let before = OldElements(old, node.schema)
      for (index, element) in list.enumerated() {
        let counterpart = before.withKeys(of: element)
        let inner = path.index(index)
        guard visit(items, element, old: counterpart, ratchet.index(index), inner, depth: depth + 1) else {
          return false
        }
      }
    case .object(let members):
      for key in members.sortedKeys {
        guard let member = members[key] else { continue }
        let inner: (rules: SchemaRules, path: FieldPath)
        if let property = node.properties[key] {
          inner = (property, path.child(key))
        } else if let entries = node.entries {
          inner = (entries, path.key(key))
        } else {
          continue
        }
        let before = old?.object?[key]
        guard visit(inner.rules, member, old: before, ratchet.key(key), inner.path, depth: depth + 1) else {
          return false
        }
      }
    default: break
    }
    return true
  }

  // MARK: - The rules of one value

  private mutating func evaluate(
    _ node: SchemaRules, _ value: Value, old: Value?, _ ratchet: Ratchet, _ path: FieldPath
  ) -> Bool {
    guard !node.rules.isEmpty, let shape = node.shape else { return true }
    let type = Value.string(node.schema.type)
    let here = path.description.isEmpty ? FieldPath("<nil>") : path
    if budget == 0 {
      errors.append(.invalid(here, type, PolicyRun.BudgetExceeded().message))
      return false
    }
    let values = RuleValues(shape, value, old: node.usesOldSelf ? old : nil, node.usesOldSelf)
    for rule in node.rules {
      if let fault = rule.fault {
        errors.append(.invalid(here, type, "rule compile error: \(fault)"))
        continue
      }
      guard let program = rule.program else { continue }
      let isOptional = rule.source.optionalOldSelf == true
      if rule.usesOldSelf, old == nil, !isOptional { continue }
      let run = program.evaluate(isOptional ? values.optional : values.plain, limits: Self.limits)
      guard run.cost <= budget else {
        errors.append(.invalid(here, type, PolicyRun.BudgetExceeded().message))
        return false
      }
      budget -= run.cost
      if let error = run.error {
        errors.append(.invalid(here, type, Self.text(error, rule.source)))
        if error.kind != .evaluation { return false }
        continue
      }
      if run.value?.bool == true { continue }
      guard report(rule, node.schema, value, values.plain, ratchet, path) else { return false }
    }
    return true
  }

  private static let limits = Program.Limits(
    cost: KubernetesCEL.Limits.call, isCancelled: { Task.isCancelled })

  /// Why a rule could not be evaluated.
  private static func text(_ error: CELError, _ rule: ValidationRule) -> String {
    if error.kind == .costLimitExceeded {
      return "'\(error)': no further validation rules will be run due to call cost exceeds limit for rule: "
        + rule.shown
    }
    if error.message.hasPrefix("no such overload") {
      return "'\(error)': call arguments did not match a supported operator, function or macro signature "
        + "for rule: \(rule.shown)"
    }
    return "\(error) evaluating rule: \(rule.shown)"
  }

  // MARK: - A rule that does not hold

  private mutating func report(
    _ rule: CompiledRule, _ schema: StructuralSchema, _ value: Value, _ variables: Activation,
    _ ratchet: Ratchet, _ path: FieldPath
  ) -> Bool {
    var place = rule.fieldPath.isEmpty ? path : path.child(rule.fieldPath)
    if place.description.isEmpty { place = FieldPath("<nil>") }
    var text = rule.source.text
    if let message = rule.message {
      switch self.message(message, rule.source.messageExpression, variables) {
      case .text(let made): text = made
      case .none: break
      case .exceeded(let reason):
        add(.invalid(place, .string(schema.type), reason), rule, ratchet)
        return false
      }
    }
    add(Self.finding(place, schema, value, text, rule.source.reason), rule, ratchet)
    return true
  }

  private mutating func add(_ error: FieldError, _ rule: CompiledRule, _ ratchet: Ratchet) {
    if !rule.usesOldSelf, ratchet.isUnchanged {
      warnings.append(error.description)
    } else {
      errors.append(error)
    }
  }

  private static func finding(
    _ path: FieldPath, _ schema: StructuralSchema, _ value: Value, _ text: String, _ reason: String
  ) -> FieldError {
    // Objects and lists are too large to be shown.
    let isShown = schema.type != "object" && schema.type != "array"
    switch reason {
    case FieldError.Kind.forbidden.rawValue: return .forbidden(path, text)
    case FieldError.Kind.required.rawValue: return .required(path, text)
    case FieldError.Kind.duplicate.rawValue:
      return isShown
        ? .duplicate(path, value) : FieldError(kind: .duplicate, path: path, message: "Duplicate value")
    default:
      return isShown
        ? .invalid(path, value, text)
        : FieldError(kind: .invalid, path: path, message: "Invalid value: \(text)")
    }
  }

  private enum Message {
    case text(String)
    /// The expression gave nothing that could be used.
    case none
    case exceeded(String)
  }

  private mutating func message(_ program: Program, _ source: String, _ variables: Activation) -> Message {
    let run = program.evaluate(variables, limits: Self.limits)
    guard run.cost <= budget else {
      return .exceeded(
        "messageExpression evaluation failed due to running out of cost budget, no further validation "
          + "rules will be run")
    }
    if run.error?.kind == .costLimitExceeded {
      return .exceeded(
        "no further validation rules will be run due to call cost exceeds limit for messageExpression: "
          + FieldError.quoted(source))
    }
    budget -= run.cost
    guard let text = run.value?.string?.trimmed, !text.isEmpty, !text.utf8.contains(0x0A),
      text.utf8.count <= KubernetesCEL.Limits.message
    else { return .none }
    return .text(text)
  }
}

/// What the rules of one value may speak of.
private struct RuleValues {
  let plain: Activation
  /// For rules to whom the old value is optional.
  let optional: Activation

  init(_ shape: SchemaShape, _ value: Value, old: Value?, _ hasOld: Bool) {
    let new = shape.value(of: value)
    guard hasOld else {
      plain = ["self": new]
      optional = plain
      return
    }
    let before = old.map { shape.value(of: $0) }
    plain = before.map { ["self": new, "oldSelf": $0] } ?? ["self": new]
    optional = ["self": new, "oldSelf": .optional(CELOptional(before))]
  }
}
