/// Chooses objects by their labels: all requirements must hold
/// (Kubernetes documentation, Labels and Selectors; k8s.io/apimachinery/pkg/labels).
public struct LabelSelector: Sendable, Hashable {
  /// How a requirement compares a label.
  public enum Operator: String, Sendable, Hashable {
    case equals = "="
    case doubleEquals = "=="
    case notEquals = "!="
    case `in` = "in"
    case notIn = "notin"
    case exists = "exists"
    case doesNotExist = "!"
    case greaterThan = "gt"
    case lessThan = "lt"
  }

  /// One condition on one label.
  public struct Requirement: Sendable, Hashable {
    public let key: String
    public let `operator`: Operator
    /// Sorted, each once.
    public let values: [String]
    /// The number that `gt` and `lt` compare with.
    private let bound: Int64?

    /// - Throws: ``SelectorError`` where the key, a value or the number of values is not allowed.
    public init(_ key: String, _ operator: Operator, _ values: [String] = []) throws(SelectorError) {
      self.key = key
      self.operator = `operator`
      self.values = Set(values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      bound = self.values.first.flatMap { Int64($0) }
      let problems = self.problems
      guard let first = problems.first else { return }
      throw SelectorError(
        message: problems.count == 1 ? first : "[" + problems.joined(separator: ", ") + "]")
    }

    /// Whether the label of that key, nil where there is none, meets the requirement.
    public func matches(_ label: String?) -> Bool {
      switch `operator` {
      case .exists: return label != nil
      case .doesNotExist: return label == nil
      case .equals, .doubleEquals, .in: return label.map(values.contains) ?? false
      case .notEquals, .notIn: return label.map { !values.contains($0) } ?? true
      case .greaterThan, .lessThan:
        guard let bound, let number = label.flatMap({ Int64($0) }) else { return false }
        return `operator` == .greaterThan ? number > bound : number < bound
      }
    }

    private var problems: [String] {
      var problems: [String] = []
      let keyProblems = LabelSyntax.keyProblems(key)
      if !keyProblems.isEmpty {
        problems.append("key: Invalid value: \(GoText.quoted(key)): \(keyProblems.joined(separator: "; "))")
      }
      if let problem = countProblem {
        let shown = values.map(GoText.quoted).joined(separator: ",")
        problems.append("values: Invalid value: [\(shown)]: \(problem)")
      }
      if `operator` == .greaterThan || `operator` == .lessThan {
        for (i, value) in values.enumerated() where Int64(value) == nil {
          problems.append(
            "values[\(i)]: Invalid value: \(GoText.quoted(value)): "
              + "for 'Gt', 'Lt' operators, the value must be an integer")
        }
      }
      for (i, value) in values.enumerated() {
        let found = LabelSyntax.valueProblems(value)
        if found.isEmpty { continue }
        problems.append(
          "values[\(i)][\(key)]: Invalid value: \(GoText.quoted(value)): \(found.joined(separator: "; "))")
      }
      return problems
    }

    private var countProblem: String? {
      switch `operator` {
      case .in, .notIn:
        values.isEmpty ? "for 'in', 'notin' operators, values set can't be empty" : nil
      case .equals, .doubleEquals, .notEquals:
        values.count == 1 ? nil : "exact-match compatibility requires one single value"
      case .exists, .doesNotExist:
        values.isEmpty ? nil : "values set must be empty for exists and does not exist"
      case .greaterThan, .lessThan:
        values.count == 1 ? nil : "for 'Gt', 'Lt' operators, exactly one value is required"
      }
    }
  }

  /// The requirements, by key.
  public let requirements: [Requirement]
  /// Whether no object can ever match, whatever its labels.
  public let matchesNothing: Bool

  /// A selector of the requirements; of none, everything matches.
  public init(_ requirements: [Requirement] = []) {
    self.init(requirements, matchesNothing: false)
  }

  private init(_ requirements: [Requirement], matchesNothing: Bool) {
    self.matchesNothing = matchesNothing
    // Equal keys keep their order, so that the text is the same every time.
    self.requirements = requirements.enumerated().sorted { a, b in
      a.element.key == b.element.key
        ? a.offset < b.offset : a.element.key.utf8.lexicographicallyPrecedes(b.element.key.utf8)
    }.map(\.element)
  }

  /// Matches every object.
  public static let everything = LabelSelector()
  /// Matches no object.
  public static let nothing = LabelSelector([], matchesNothing: true)

  /// Whether every object matches.
  public var isEmpty: Bool { requirements.isEmpty && !matchesNothing }

  /// Whether an object with those labels is chosen.
  public func matches(labels: Object?) -> Bool {
    if matchesNothing { return false }
    return requirements.allSatisfy { $0.matches(labels?[$0.key]?.string) }
  }
}

// MARK: - From metav1.LabelSelector

extension LabelSelector {
  /// A selector from a metav1.LabelSelector: `matchLabels` and `matchExpressions`. A missing or null
  /// selector matches nothing, an empty one everything.
  /// - Throws: ``SelectorError`` on an unknown operator or values that are not allowed.
  public init(_ value: Value?) throws(SelectorError) {
    guard let object = value?.object else {
      self = .nothing
      return
    }
    var requirements: [Requirement] = []
    for (key, label) in object["matchLabels"]?.object ?? [:] {
      requirements.append(try Requirement(key, .equals, [label.string ?? ""]))
    }
    for expression in object["matchExpressions"]?.array ?? [] {
      let name = expression["operator"]?.string ?? ""
      guard let found = Self.expressionOperators[name] else {
        throw SelectorError(message: "\(GoText.quoted(name)) is not a valid label selector operator")
      }
      requirements.append(
        try Requirement(expression["key"]?.string ?? "", found, expression["values"]?.strings ?? []))
    }
    self.init(requirements)
  }

  /// The operators that metav1.LabelSelectorRequirement knows.
  private static let expressionOperators: [String: Operator] = [
    "In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist,
  ]
}

// MARK: - Text

extension LabelSelector: CustomStringConvertible {
  /// The selector in the form that the query parameter labelSelector takes.
  public var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension LabelSelector.Requirement: CustomStringConvertible {
  public var description: String {
    let list = values.joined(separator: ",")
    switch `operator` {
    case .exists: return key
    case .doesNotExist: return "!" + key
    case .in, .notIn: return "\(key) \(`operator`.rawValue) (\(list))"
    case .greaterThan: return key + ">" + list
    case .lessThan: return key + "<" + list
    case .equals, .doubleEquals, .notEquals: return key + `operator`.rawValue + list
    }
  }
}
