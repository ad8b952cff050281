extension Parser {
  /// An operand with the selections, indexes and calls after it.
  mutating func member() throws(Stop) -> Expression {
    var operand = try primary()
    var length = 0
    while true {
      switch token.kind {
      case .dot: operand = try selection(operand)
      case .leftBracket: operand = try index(operand)
      default: return operand
      }
      length += 1
      if length > environment.options.recursionLimit { throw tooDeep() }
    }
  }

  private mutating func selection(_ operand: Expression) throws(Stop) -> Expression {
    let dot = advance()
    let question = take(.question)
    guard token.kind == .identifier || token.kind == .quotedIdentifier else {
      let shown = "." + (question == nil ? "" : "?") + (token.kind == .end ? "" : token.display)
      report("Syntax error: no viable alternative at input '\(shown)'", at: token.offset)
      throw Stop()
    }
    let name = advance()
    if question == nil, name.kind == .identifier, let open = take(.leftParenthesis) {
      let id = factory.newID(at: open.offset)
      let arguments = try arguments()
      return expand(id, name.text, operand, arguments, at: open.offset)
    }
    let field = fieldName(name)
    if let question {
      guard environment.options.optionalSyntax else {
        report("unsupported syntax '.?'", at: question.offset - 1)
        return operand
      }
      let literal = factory.make(.literal(.string(field)), at: name.offset)
      return factory.make(
        .call(function: Operator.optionalSelect, target: nil, arguments: [operand, literal]), at: dot.offset)
    }
    return factory.make(.select(operand: operand, field: field, isTest: false), at: dot.offset)
  }

  private mutating func fieldName(_ token: Token) -> String {
    guard token.kind == .quotedIdentifier else { return token.text }
    if !environment.options.backquotedFields {
      report("unsupported syntax: '`'", at: token.offset)
    }
    return String(token.text.dropFirst().dropLast())
  }

  private mutating func index(_ operand: Expression) throws(Stop) -> Expression {
    let open = advance()
    let id = factory.newID(at: open.offset)
    try synchronize(Self.operandStart.union([.question]))
    let question = take(.question)
    let index = try expression()
    try expect(.rightBracket)
    if let question, !environment.options.optionalSyntax {
      report("unsupported syntax '[?'", at: question.offset - 1)
    }
    let function = question == nil ? Operator.index : Operator.optionalIndex
    return Expression(id: id, .call(function: function, target: nil, arguments: [operand, index]))
  }

  /// After `(`, up to and with `)`.
  private mutating func arguments() throws(Stop) -> [Expression] {
    try synchronize(Self.operandStart.union([.rightParenthesis]))
    if take(.rightParenthesis) != nil { return [] }
    var arguments = [try expression()]
    while take(.comma) != nil { arguments.append(try expression()) }
    try expect(.rightParenthesis)
    return arguments
  }

  // MARK: Primaries

  private static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
    "loop", "package", "namespace", "null", "return", "true", "var", "void", "while",
  ]

  private mutating func primary() throws(Stop) -> Expression {
    switch token.kind {
    case .leftParenthesis:
      advance()
      let inner = try expression()
      try expect(.rightParenthesis)
      return inner
    case .leftBracket: return try list()
    case .leftBrace: return try map()
    case .dot, .identifier: return try name()
    default: return try literal()
    }
  }

  /// An identifier, a global call or a structure `a.b.C{}`.
  private mutating func name() throws(Stop) -> Expression {
    let leadingDot = take(.dot)
    let name = try expect(.identifier)
    if let structure = try structure(leadingDot, name) { return structure }
    if Self.reserved.contains(name.text) { report("reserved identifier: \(name.text)", at: name.offset) }
    let text = (leadingDot == nil ? "" : ".") + name.text
    guard let open = take(.leftParenthesis) else { return factory.make(.identifier(text), at: name.offset) }
    let id = factory.newID(at: open.offset)
    return expand(id, text, nil, try arguments(), at: open.offset)
  }

  /// `a.b.C{field: value}`, where the names up to the brace are just that; nil where there is none.
  private mutating func structure(_ leadingDot: Token?, _ first: Token) throws(Stop) -> Expression? {
    var length = 0
    while following(length).kind == .dot, following(length + 1).kind == .identifier { length += 2 }
    guard following(length).kind == .leftBrace else { return nil }
    var name = (leadingDot == nil ? "" : ".") + first.text
    for ahead in 0..<length { name += following(ahead).text }
    at += length
    let open = advance()
    let id = factory.newID(at: open.offset)
    var fields: [Expression.StructureField] = []
    try synchronize([.rightBrace, .comma, .question, .identifier, .quotedIdentifier])
    while token.kind != .rightBrace, token.kind != .comma {
      let question = take(.question)
      try synchronize([.identifier, .quotedIdentifier])
      let field = advance()
      let colon = try expect(.colon)
      let fieldID = factory.newID(at: colon.offset)
      if let question, !environment.options.optionalSyntax {
        report("unsupported syntax '?'", at: question.offset)
      }
      fields.append(
        Expression.StructureField(
          id: fieldID, name: fieldName(field), value: try expression(), isOptional: question != nil))
      guard try another(in: fields.count, .rightBrace, at: open) else { break }
    }
    _ = take(.comma)
    try expect(.rightBrace)
    return Expression(id: id, .structure(typeName: name, fields: fields))
  }

  /// After an element: whether a comma and another element follow. A comma before the end is left to the
  /// caller.
  private mutating func another(in count: Int, _ end: Token.Kind, at open: Token) throws(Stop) -> Bool {
    if count > environment.options.literalSizeLimit {
      report("literal size exceeds limit: \(environment.options.literalSizeLimit)", at: open.offset)
      throw Stop()
    }
    if token.kind != .comma {
      try synchronize([.comma, end])
    }
    guard token.kind == .comma, following().kind != end else { return false }
    advance()
    return true
  }

  private mutating func list() throws(Stop) -> Expression {
    let open = advance()
    let id = factory.newID(at: open.offset)
    var elements: [Expression] = []
    var optionals: [Int] = []
    try synchronize(Self.operandStart.union([.rightBracket, .comma, .question]))
    while token.kind != .rightBracket, token.kind != .comma {
      if let question = take(.question) {
        if !environment.options.optionalSyntax { report("unsupported syntax '?'", at: question.offset) }
        optionals.append(elements.count)
      }
      elements.append(try expression())
      guard try another(in: elements.count, .rightBracket, at: open) else { break }
    }
    _ = take(.comma)
    try expect(.rightBracket)
    return Expression(id: id, .list(elements, optionals: optionals))
  }

  private mutating func map() throws(Stop) -> Expression {
    let open = advance()
    let id = factory.newID(at: open.offset)
    var entries: [Expression.MapEntry] = []
    try synchronize(Self.operandStart.union([.rightBrace, .comma, .question]))
    while token.kind != .rightBrace, token.kind != .comma {
      let question = take(.question)
      if let question, !environment.options.optionalSyntax {
        report("unsupported syntax '?'", at: question.offset)
      }
      let key = try expression()
      let colon = try expect(.colon)
      let entryID = factory.newID(at: colon.offset)
      entries.append(
        Expression.MapEntry(id: entryID, key: key, value: try expression(), isOptional: question != nil))
      guard try another(in: entries.count, .rightBrace, at: open) else { break }
    }
    _ = take(.comma)
    try expect(.rightBrace)
    return Expression(id: id, .map(entries))
  }

  // MARK: Literals

  private mutating func literal() throws(Stop) -> Expression {
    let start = token.offset
    let sign = take(.minus) == nil ? "" : "-"
    let token = advance()
    let value: CELValue?
    switch token.kind {
    case .true: value = .bool(true)
    case .false: value = .bool(false)
    case .null: value = .null
    case .int: value = Self.integer(sign + token.text).map(CELValue.int)
    case .uint: value = Self.unsigned(String(token.text.dropLast())).map(CELValue.uint)
    case .double:
      let digits = token.text.hasPrefix(".") ? "0" + token.text : token.text
      value = Double(sign + digits).flatMap { $0.isFinite ? .double($0) : nil }
    case .string: value = StringLiteral.text(token.text).map(CELValue.string)
    case .bytes: value = StringLiteral.bytes(token.text).map(CELValue.bytes)
    default:
      at -= 1
      throw mismatch(Self.operandStart.subtracting([.not, .minus]))
    }
    guard let value else {
      report(Self.invalid[token.kind] ?? "invalid literal", at: start)
      return factory.make(.literal(.null), at: start)
    }
    return factory.make(.literal(value), at: start)
  }

  private static let invalid: [Token.Kind: String] = [
    .int: "invalid int literal", .uint: "invalid uint literal", .double: "invalid double literal",
    .string: "unable to unescape string", .bytes: "unable to unescape string",
  ]

  private static func integer(_ text: String) -> Int64? {
    guard let hex = text.range(ofHexPrefix: ()) else { return Int64(text) }
    return Int64((text.hasPrefix("-") ? "-" : "") + hex, radix: 16)
  }

  private static func unsigned(_ text: String) -> UInt64? {
    guard let hex = text.range(ofHexPrefix: ()) else { return UInt64(text) }
    return UInt64(hex, radix: 16)
  }

  // MARK: Macros

  /// The call, or what a macro makes of it.
  private mutating func expand(
    _ id: Int, _ function: String, _ target: Expression?, _ arguments: [Expression], at position: Int
  ) -> Expression {
    let call = Expression(id: id, .call(function: function, target: target, arguments: arguments))
    let key = Macro.Key(
      function: function, isMember: target != nil, argumentCount: arguments.count)
    guard let macro = environment.macros[key] else { return call }
    factory.position = position
    do throws(Macro.ExpansionError) {
      return try macro.expand(&factory, target, arguments) ?? call
    } catch {
      report(error.message, at: error.node)
      return call
    }
  }
}

extension String {
  /// The digits after `0x`, if it is written so, with or without a sign.
  fileprivate func range(ofHexPrefix: Void) -> Substring? {
    let digits = hasPrefix("-") ? dropFirst() : self[...]
    return digits.hasPrefix("0x") ? digits.dropFirst(2) : nil
  }
}
