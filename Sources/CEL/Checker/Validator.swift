import Values

/// A check of what is known of an expression before it is run, after its types are checked
/// (cel-go's ASTValidators).
public struct Validator: Sendable {
  let validate: @Sendable (CheckedExpression) -> [CompilationIssue]

  /// - Parameter validate: gives what is wrong, by the node that it is about.
  public init(_ validate: @escaping @Sendable (CheckedExpression) -> [(node: Expression, message: String)]) {
    self.validate = { expression in
      validate(expression).map {
        CompilationIssue(location: expression.location(of: $0.node), message: $0.message)
      }
    }
  }

  /// A check of the literals that a function is given.
  private static func literals(
    of function: String, _ message: String, _ isValid: @escaping @Sendable (String) -> Bool
  ) -> Validator {
    Validator { expression in
      expression.nodes.compactMap { node in
        guard case .call(function, _, let arguments) = node.kind, let argument = arguments.first,
          let literal = argument.stringLiteral, !isValid(literal)
        else { return nil }
        return (argument, message)
      }
    }
  }

  /// Durations written in the expression can be read.
  public static let durations = literals(of: "duration", "invalid duration argument") {
    CELDuration($0) != nil
  }

  /// Times written in the expression can be read.
  public static let timestamps = literals(of: "timestamp", "invalid timestamp argument") {
    (try? Conversions.timestamp(.string($0))) != nil
  }

  /// Regular expressions written in the expression can be read.
  public static let regularExpressions = Validator { expression in
    expression.nodes.compactMap { node in
      guard case .call("matches", _, let arguments) = node.kind, let argument = arguments.last,
        let literal = argument.stringLiteral, RegularExpressionPattern(literal) == nil
      else { return nil }
      return (argument, "invalid matches argument")
    }
  }

  /// The elements of lists, and the keys and values of maps, written in the expression are of one type each;
  /// optional ones of the type they hold. The arguments of `format` may differ.
  public static let homogeneousLiterals = Validator { expression in
    var issues: [(node: Expression, message: String)] = []
    expression.visitLiterals(expression.root, isExempt: false) { issues.append(($0, $1)) }
    return issues
  }
}

extension CheckedExpression {
  /// All nodes, a node before those under it.
  var nodes: [Expression] {
    var all: [Expression] = []
    var rest = [root]
    while let node = rest.popLast() {
      all.append(node)
      rest += node.children.reversed()
    }
    return all
  }

  fileprivate func visitLiterals(
    _ node: Expression, isExempt: Bool, _ report: (Expression, String) -> Void
  ) {
    // Literals within the literals that format() is given may differ too.
    var areChildrenExempt = false
    switch node.kind {
    case .call("format", _, _): areChildrenExempt = true
    case .list(let elements, let optionals):
      areChildrenExempt = isExempt
      if isExempt { break }
      let types = elements.enumerated().map {
        type(of: $0.element, isOptional: optionals.contains($0.offset))
      }
      if let odd = types.indices.first(where: { types[$0] != types[0] }) {
        report(elements[odd], "expected type '\(types[0])' but found '\(types[odd])'")
      }
    case .map(let entries):
      areChildrenExempt = isExempt
      guard !isExempt, let first = entries.first else { break }
      let key = type(of: first.key)
      let value = type(of: first.value, isOptional: first.isOptional)
      for entry in entries {
        let (otherKey, otherValue) = (
          type(of: entry.key), type(of: entry.value, isOptional: entry.isOptional)
        )
        if key != otherKey { report(entry.key, "expected type '\(key)' but found '\(otherKey)'") }
        if value != otherValue { report(entry.value, "expected type '\(value)' but found '\(otherValue)'") }
      }
    default: break
    }
    for child in node.children { visitLiterals(child, isExempt: areChildrenExempt, report) }
  }

  /// The type of an element, or what it holds where it is written with `?`.
  private func type(of node: Expression, isOptional: Bool) -> CELType {
    let type = type(of: node)
    return isOptional ? type.wrappedInOptional ?? type : type
  }
}
