import Values

extension StructuralValidation {
  // MARK: - Lists

  mutating func checkItems(
    _ items: [Value], old: Value?, _ schema: StructuralSchema, path: String, depth: Int
  ) -> Outcome {
    var result = Outcome(matches: 1)
    if let type = schema.items {
      let before = OldElements(old, schema)
      for (i, item) in items.enumerated() {
        result.merge(
          check(item, old: before.counterpart(of: item, at: i), type, path: "\(path)[\(i)]", depth: depth + 1)
        )
      }
    }
    let count = Int64(items.count)
    if let least = schema.minItems, count < least {
      result.add(invalid(path, .int(count), "should have at least \(least) items"))
    }
    if let most = schema.maxItems, count > most {
      result.add(.tooMany(location(path), actual: items.count, maximum: Int(clamping: most)))
    }
    return result
  }

  // MARK: - Objects

  mutating func checkMembers(
    _ object: Object, old: Value?, _ schema: StructuralSchema, path: String, depth: Int
  ) -> Outcome {
    let count = Int64(object.count)
    if let least = schema.minProperties, count < least {
      return Outcome(errors: [invalid(path, .int(count), "should have at least \(least) properties")])
    }
    if let most = schema.maxProperties, count > most {
      return Outcome(errors: [.tooMany(location(path), actual: object.count, maximum: Int(clamping: most))])
    }
    var result = Outcome()
    let keys = object.sortedKeys
    switch schema.additionalProperties {
    case .forbidden:
      for key in keys where schema.properties[key] == nil {
        result.add(.invalid(location(path), .string(key), "\(path).\(key) in body is a forbidden property"))
      }
    case .schema(let type):
      for key in keys where schema.properties[key] == nil {
        guard let value = object[key] else { continue }
        result.merge(check(value, old: old?[key], type, path: "\(path).\(key)", depth: depth + 1))
      }
    case .allowed, .unspecified: break
    }
    for key in keys {
      guard let type = schema.properties[key], let value = object[key] else { continue }
      let inner = path.isEmpty ? key : "\(path).\(key)"
      result.merge(check(value, old: old?[key], type, path: inner, depth: depth + 1))
    }
    for key in schema.required where !object.contains(key) {
      result.add(.required(location("\(path).\(key)")))
    }
    return result
  }

  // MARK: - Alternatives

  mutating func checkAlternatives(
    _ value: Value, old: Value?, _ schema: StructuralSchema, path: String, depth: Int
  ) -> Outcome {
    var result = Outcome(matches: 1)
    let name = FieldError.quoted(path)
    if !schema.anyOf.isEmpty {
      let tried = tryAll(schema.anyOf, value, old, path, depth, stopsAtFirst: true)
      if tried.valid == 0 { result.add(composite("\(name) must validate at least one schema (anyOf)")) }
      if let best = tried.best { result.merge(best) }
    }
    if !schema.oneOf.isEmpty {
      let tried = tryAll(schema.oneOf, value, old, path, depth, stopsAtFirst: false)
      if tried.valid != 1 {
        let found = tried.valid == 0 ? "Found none valid" : "Found \(tried.valid) valid alternatives"
        result.add(composite("\(name) must validate one and only one schema (oneOf). \(found)"))
      }
      if tried.valid < 2, let best = tried.best { result.merge(best) }
    }
    if !schema.allOf.isEmpty {
      var valid = 0
      for branch in schema.allOf {
        let outcome = check(value, old: old, branch, path: path, depth: depth + 1, isBranch: true)
        if outcome.isValid { valid += 1 }
        result.merge(outcome)
      }
      if valid < schema.allOf.count {
        result.add(
          composite("\(name) must validate all the schemas (allOf)\(valid == 0 ? ". None validated" : "")"))
      }
    }
    if let not = schema.not, check(value, old: old, not, path: path, depth: depth + 1, isBranch: true).isValid
    {
      result.add(composite("\(name) must not validate the schema (not)"))
    }
    return result
  }

  /// Checks a value against several schemas.
  /// - Returns: how many it fits, and the outcome of the first of those, or else of the one that it comes
  ///   nearest to.
  private mutating func tryAll(
    _ branches: [StructuralSchema], _ value: Value, _ old: Value?, _ path: String, _ depth: Int,
    stopsAtFirst: Bool
  ) -> (valid: Int, best: Outcome?) {
    var valid = 0
    var best: Outcome?
    for branch in branches {
      let outcome = check(value, old: old, branch, path: path, depth: depth + 1, isBranch: true)
      if outcome.isValid {
        if valid == 0 { best = outcome }
        valid += 1
        if stopsAtFirst { break }
      } else if valid == 0, outcome.matches > best?.matches ?? -1 {
        best = outcome
      }
    }
    return (valid, best)
  }
}

/// The key fields of an item of a list that is a map.
public enum ListKey {
  /// An object of those key fields that the item has.
  public static func of(_ item: Value, _ keys: [String]) -> Value {
    var key = Object()
    for name in keys { key[name] = item[name] }
    return .object(key)
  }
}
