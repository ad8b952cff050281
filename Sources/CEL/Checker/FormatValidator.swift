extension Validator {
  /// What `format` is given fits the format, where both are written in the expression
  /// (cel-go's ext.Strings, "Format").
  public static let formats = Validator { expression in
    expression.nodes.compactMap { node in
      guard case .call("format", let target?, let arguments) = node.kind, arguments.count == 1,
        let format = target.stringLiteral, case .list(let elements, _) = arguments[0].kind,
        expression.overloads(of: node).contains(where: { $0.id == "string_format" })
      else { return nil }
      let check = FormatCheck(expression: expression, call: node, arguments: elements)
      return check.fault(format)
    }
  }
}

/// Goes through a format with the types of what it is given.
private struct FormatCheck {
  let expression: CheckedExpression
  let call: Expression
  let arguments: [Expression]

  /// What is wrong, with what it is about; nil where nothing is.
  func fault(_ format: String) -> (node: Expression, message: String)? {
    var rest = format.unicodeScalars[...]
    var count = 0
    while let scalar = rest.popFirst() {
      guard scalar == "%" else { continue }
      if rest.first == "%" {
        rest.removeFirst()
        continue
      }
      if rest.isEmpty { return (call, "unexpected end of string") }
      guard arguments.indices.contains(count) else { return (call, "index \(count) out of range") }
      let argument = arguments[count]
      count += 1
      let clause: StringFormatter.Clause
      do throws(CELError) { clause = try StringFormatter.Clause(&rest) } catch {
        return (call, error.message)
      }
      if let odd = misfit(argument, clause) {
        return (odd, "error during formatting: \(clause.refusal(of: expression.type(of: odd)))")
      }
    }
    if arguments.count > count {
      let counts = "(expected \(count), got \(arguments.count))"
      return (call, "too many arguments supplied to string.format \(counts)")
    }
    return nil
  }

  /// The argument, or the part of it, that the clause can't write.
  private func misfit(_ node: Expression, _ clause: StringFormatter.Clause) -> Expression? {
    guard clause.accepts(expression.type(of: node)) else { return node }
    guard clause.verb == "s" else { return nil }
    switch node.kind {
    case .list(let elements, _): return elements.lazy.compactMap { misfit($0, clause) }.first
    case .map(let entries):
      return entries.lazy.flatMap { [$0.key, $0.value] }.compactMap { misfit($0, clause) }.first
    default: return nil
    }
  }
}
