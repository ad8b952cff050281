import Values

extension StructuralValidation {
  /// Checks a number's range. Limits of integers are read as integers where they are some.
  func checkNumber(_ value: Value, _ schema: StructuralSchema, _ path: String) -> Outcome {
    var result = Outcome(matches: 1)
    let type = schema.types.first ?? ""
    func misfit(_ number: Value, _ what: String) -> FieldError? {
      Self.fits(number, type: type, format: schema.format)
        ? nil : composite(misfitText(what, type, schema.format, path))
    }
    if let error = misfit(value, "Checked") { result.add(error) }
    let limits = schema.numbers
    if limits.isEmpty { return result }
    if let factor = limits.multipleOf {
      let error = misfit(.double(factor), "MultipleOf")
      if let error { result.add(error) }
      if let error = multipleError(value, factor, asIntegers: error == nil, path) { result.add(error) }
    }
    if let least = limits.minimum {
      let error = misfit(.double(least), "Minimum boundary")
      if let error { result.add(error) }
      let limit = Limit(least, isExclusive: limits.isMinimumExclusive, value: value, asIntegers: error == nil)
      if limit.isAbove(value) {
        result.add(
          invalid(
            path, value, "should be greater than \(limit.isExclusive ? "" : "or equal to ")\(limit.text)"))
      }
    }
    if let most = limits.maximum {
      let error = misfit(.double(most), "Maximum boundary")
      if let error { result.add(error) }
      let limit = Limit(most, isExclusive: limits.isMaximumExclusive, value: value, asIntegers: error == nil)
      if limit.isBelow(value) {
        result.add(
          invalid(path, value, "should be less than \(limit.isExclusive ? "" : "or equal to ")\(limit.text)"))
      }
    }
    return result
  }

  private func misfitText(_ what: String, _ type: String, _ format: String, _ path: String) -> String {
    format.isEmpty
      ? "\(what) value must be of type \(type) (default format) in \(path)"
      : "\(what) value must be of type \(type) with format \(format) in \(path)"
  }

  /// Whether a number can be what its type and format say.
  private static func fits(_ value: Value, type: String, format: String) -> Bool {
    if type == "integer" {
      let integer: Int64?
      switch value {
      case .int(let number): integer = number
      case .double(let number): integer = Int64(exactly: number)
      default: integer = nil
      }
      guard let integer else { return false }
      return format == "int32" ? Int32(exactly: integer) != nil : true
    }
    guard format == "float", let number = value.number else { return true }
    return Float(number).isFinite
  }

  private func multipleError(_ value: Value, _ factor: Double, asIntegers: Bool, _ path: String)
    -> FieldError?
  {
    if case .int(let number) = value, asIntegers, let factor = Int64(exactly: factor.rounded(.towardZero)) {
      guard factor > 0 else { return nil }
      return number % factor == 0 ? nil : invalid(path, value, "should be a multiple of \(factor)")
    }
    guard factor > 0, let number = value.number else { return nil }
    let quotient = factor < 1 ? 1 / factor * number : number / factor
    if Self.isInteger(quotient) { return nil }
    return invalid(path, .double(number), "should be a multiple of \(JSON.text(.double(factor)))")
  }
}

/// The least or the most that a number may be.
private struct Limit {
  let isExclusive: Bool
  private let number: Double
  private let integer: Int64?

  init(_ number: Double, isExclusive: Bool, value: Value, asIntegers: Bool) {
    self.number = number
    self.isExclusive = isExclusive
    integer = asIntegers && value.int != nil ? Int64(exactly: number.rounded(.towardZero)) : nil
  }

  var text: String { integer.map { String($0) } ?? JSON.text(.double(number)) }

  /// True where the value falls short of the limit.
  func isAbove(_ value: Value) -> Bool {
    if let integer, let value = value.int { return isExclusive ? value <= integer : value < integer }
    let value = value.number ?? number
    return isExclusive ? value <= number : value < number
  }

  /// True where the value exceeds the limit.
  func isBelow(_ value: Value) -> Bool {
    if let integer, let value = value.int { return isExclusive ? value >= integer : value > integer }
    let value = value.number ?? number
    return isExclusive ? value >= number : value > number
  }
}
