import Values

extension StructuralSchema {
  /// Checks a value against the schema, in the words of the real server (k8s.io/kube-openapi, validation;
  /// JSON Schema Validation, draft 4).
  /// - Parameters:
  ///   - value: a custom object, or a part of one.
  ///   - old: what the value was before; what is wrong with parts that did not change is then let pass
  ///     (KEP-4008, CRD validation ratcheting).
  ///   - prefix: the path of the part in its object: `status`; empty for the object.
  public func validate(_ value: Value, old: Value? = nil, at prefix: String = "") -> [FieldError] {
    var run = StructuralValidation(prefix: prefix)
    return run.check(value, old: old, self, path: "", depth: 0).errors
  }
}

/// One validation of one object.
struct StructuralValidation {
  /// What a check of one value found. The number of checks that went well tells which of several
  /// alternatives came nearest.
  struct Outcome {
    var errors: [FieldError] = []
    var matches = 0

    var isValid: Bool { errors.isEmpty }

    mutating func merge(_ other: Outcome) {
      matches += other.matches
      guard errors.count < StructuralValidation.findingLimit else { return }
      errors += other.errors
    }

    mutating func add(_ error: FieldError) { errors.append(error) }
  }

  /// About as many findings are kept of one object.
  static let findingLimit = 1000
  private static let depthLimit = 500

  let prefix: String
  /// The schemas that may still be applied: many alternatives for each of many items multiply.
  private var budget: Int

  init(prefix: String, budget: Int = 2_000_000) {
    self.prefix = prefix
    self.budget = budget
  }

  /// - Parameters:
  ///   - old: the value before, if there was one that corresponds.
  ///   - isBranch: the schema is one of several that the same value is checked against.
  mutating func check(
    _ value: Value, old: Value?, _ schema: StructuralSchema, path: String, depth: Int, isBranch: Bool = false
  ) -> Outcome {
    var result = Outcome()
    budget -= 1
    guard budget > 0 else { return tooCostly(path) }
    guard depth < Self.depthLimit else { return result }
    if !schema.types.isEmpty || !schema.format.isEmpty {
      result.merge(checkType(value, schema, path))
      result.matches += 1
    }
    if !value.isNull {
      result.merge(checkAlternatives(value, old: old, schema, path: path, depth: depth))
      result.matches += 1
    }
    result.merge(checkContent(value, old: old, schema, path: path, depth: depth))
    result.matches += 2
    // Nothing is held against a value that was there before.
    if !isBranch, !result.isValid, let old, CorrelatedValue(value, old: old, schema).isUnchanged {
      result.errors = []
    }
    return result
  }

  private mutating func checkContent(
    _ value: Value, old: Value?, _ schema: StructuralSchema, path: String, depth: Int
  ) -> Outcome {
    var result = Outcome()
    switch value {
    case .string(let text): result.merge(checkText(text, schema, path))
    case .int, .double: result.merge(checkNumber(value, schema, path))
    case .array(let items):
      result.merge(checkItems(items, old: old, schema, path: path, depth: depth))
    default: break
    }
    if !schema.enumeration.isEmpty, !schema.enumeration.contains(where: { Self.isSame($0, value) }) {
      result.add(.notSupported(location(path), value, schema.enumeration.map { $0.string ?? JSON.text($0) }))
    }
    if case .object(let object) = value {
      result.merge(checkMembers(object, old: old, schema, path: path, depth: depth))
    }
    return result
  }

  // MARK: - Paths and texts

  /// The path of a field in its object; no text at all for the object itself.
  func location(_ path: String) -> FieldPath {
    let name = path.hasPrefix(".") ? String(path.dropFirst()) : path
    if name.isEmpty { return whole }
    return FieldPath(prefix.isEmpty ? name : "\(prefix).\(name)")
  }

  /// The path of findings that name no field. Go prints that there is none.
  var whole: FieldPath { FieldPath(prefix.isEmpty ? "<nil>" : prefix) }

  func invalid(_ path: String, _ value: Value, _ text: String) -> FieldError {
    .invalid(location(path), value, "\(path) in body \(text)")
  }

  /// A finding about a value as a whole that has no path of its own.
  func composite(_ text: String) -> FieldError { .invalid(whole, "", text) }

  private func tooCostly(_ path: String) -> Outcome {
    Outcome(errors: [composite("validation of \(FieldError.quoted(path)) takes too long")])
  }

  /// Equal, where an integer equals the same number with a fraction of zero.
  private static func isSame(_ a: Value, _ b: Value) -> Bool {
    if a == b { return true }
    if let a = a.number, let b = b.number { return a == b }
    return false
  }

  // MARK: - Types

  /// The name that JSON Schema gives to the type of a value.
  static func typeName(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The format that a number has by itself.
  private static func nativeFormat(_ value: Value) -> String {
    switch value {
    case .int: "int64"
    case .double: "float64"
    default: ""
    }
  }

  private func checkType(_ value: Value, _ schema: StructuralSchema, _ path: String) -> Outcome {
    let types = schema.types
    let expected = types.joined(separator: ",")
    if value.isNull {
      let isWrong = !types.isEmpty && !schema.isNullable
      return isWrong ? Outcome(errors: [wrongType(path, expected, "null")]) : Outcome(matches: 1)
    }
    let name = Self.typeName(value)
    var isConvertible = name == "integer" && types.contains("number")
    if case .double(let number) = value, types.contains("integer") { isConvertible = Self.isInteger(number) }
    let isTextOrList = value.string != nil || value.array != nil
    if !schema.format.isEmpty, !isTextOrList, !types.contains(name), !isConvertible {
      return Outcome(errors: [wrongType(path, schema.format, Self.nativeFormat(value))])
    }
    let isNumeric = types.contains("number") || types.contains("integer")
    if !isNumeric, !schema.format.isEmpty, isTextOrList { return Outcome(matches: 1) }
    guard types.contains(name) || isConvertible else {
      return Outcome(errors: [wrongType(path, expected, name)])
    }
    return Outcome(matches: 1)
  }

  func wrongType(_ path: String, _ expected: String, _ found: String) -> FieldError {
    .typeInvalid(
      location(path), .string(found),
      "\(path) in body must be of type \(expected): \(FieldError.quoted(found))")
  }

  /// Whether a number has no fraction and is one that JSON can carry exactly.
  static func isInteger(_ number: Double) -> Bool {
    number.isFinite && number.magnitude < 9_007_199_254_740_992 && number.rounded() == number
  }

  // MARK: - Texts

  private func checkText(_ text: String, _ schema: StructuralSchema, _ path: String) -> Outcome {
    var result = Outcome()
    if let error = limitError(text, schema.text, path) { result.add(error) }
    if !schema.format.isEmpty, !StringFormats.matches(text, schema.format) {
      result.add(wrongType(path, schema.format, text))
    }
    return result
  }

  private func limitError(
    _ text: String, _ limits: StructuralSchema.TextLimits, _ path: String
  ) -> FieldError? {
    let length = limits.maxLength == nil && limits.minLength == nil ? 0 : Int64(text.unicodeScalars.count)
    if let most = limits.maxLength, length > most {
      return .tooLong(location(path), maximum: Int(clamping: most))
    }
    if let least = limits.minLength, length < least {
      return invalid(path, .string(text), "should be at least \(least) chars long")
    }
    guard !limits.pattern.isEmpty else { return nil }
    guard let expression = limits.expression else {
      return invalid(path, .string(text), "should match '\(limits.pattern), but pattern is invalid'")
    }
    return expression.matches(text) ? nil : invalid(path, .string(text), "should match '\(limits.pattern)'")
  }
}
