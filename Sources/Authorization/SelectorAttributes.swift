import Schema
import Values

/// The field and label selectors of an access review: either as text or as requirements
/// (authorization.k8s.io/v1 FieldSelectorAttributes, LabelSelectorAttributes; KEP-4601).
enum SelectorAttributes {
  private static let ignored = "ignored due to parse error"
  private static let partiallyIgnored = "partially ignored due to parse error"

  // MARK: Reading

  /// The requirements that can be understood. What can't is left out, which makes the question broader.
  static func fields(_ value: Value?) -> (requirements: [FieldSelector.Requirement], problem: String?) {
    guard let value = value?.object else { return ([], nil) }
    if let raw = value["rawSelector"]?.string, !raw.isEmpty {
      guard let selector = try? FieldSelector(parsing: raw) else { return ([], ignored) }
      return (selector.requirements, nil)
    }
    let wanted = value["requirements"]?.array ?? []
    let understood = wanted.compactMap(fieldRequirement)
    return (understood, problem(wanted.count, understood.count))
  }

  static func labels(_ value: Value?) -> (requirements: [LabelSelector.Requirement], problem: String?) {
    guard let value = value?.object else { return ([], nil) }
    if let raw = value["rawSelector"]?.string, !raw.isEmpty {
      guard let selector = try? LabelSelector(parsing: raw) else { return ([], ignored) }
      return (selector.requirements, nil)
    }
    let wanted = value["requirements"]?.array ?? []
    let understood = wanted.compactMap(labelRequirement)
    return (understood, problem(wanted.count, understood.count))
  }

  private static func problem(_ wanted: Int, _ understood: Int) -> String? {
    if understood == wanted { return nil }
    return understood == 0 ? ignored : partiallyIgnored
  }

  /// Field selectors compare with one value only.
  private static func fieldRequirement(_ value: Value) -> FieldSelector.Requirement? {
    let values = value["values"]?.strings ?? []
    guard let key = value["key"]?.string, values.count == 1 else { return nil }
    switch value["operator"]?.string {
    case "In": return FieldSelector.Requirement(key, .equals, values[0])
    case "NotIn": return FieldSelector.Requirement(key, .notEquals, values[0])
    default: return nil
    }
  }

  private static let labelOperators: [String: LabelSelector.Operator] = [
    "In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist,
  ]

  private static func labelRequirement(_ value: Value) -> LabelSelector.Requirement? {
    guard let name = value["operator"]?.string, let found = labelOperators[name] else { return nil }
    return try? LabelSelector.Requirement(value["key"]?.string ?? "", found, value["values"]?.strings ?? [])
  }

  // MARK: Validation

  static func errors(_ value: Value?, _ path: FieldPath, labels: Bool) -> [FieldError] {
    guard let value = value?.object else { return [] }
    let raw = value["rawSelector"]?.string ?? ""
    let requirements = value["requirements"]?.array ?? []
    if !raw.isEmpty, !requirements.isEmpty {
      return [
        .invalid(
          path.child("rawSelector"), .string(raw), "may not specified at the same time as requirements")
      ]
    }
    if raw.isEmpty, requirements.isEmpty {
      let detail = "when \(path) is specified, requirements or rawSelector is required"
      return [.required(path.child("requirements"), detail)]
    }
    return requirements.enumerated().flatMap { position, requirement in
      errors(requirement: requirement, path.child("requirements").index(position), labels: labels)
    }
  }

  private static func errors(requirement: Value, _ path: FieldPath, labels: Bool) -> [FieldError] {
    let key = requirement["key"]?.string ?? ""
    var errors: [FieldError] = []
    if !labels, key.isEmpty { errors.append(.required(path.child("key"), "must be specified")) }
    let hasValues = requirement["values"]?.array?.isEmpty == false
    switch requirement["operator"]?.string {
    case "In", "NotIn":
      if !hasValues {
        errors.append(
          .required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"))
      }
    case "Exists", "DoesNotExist":
      if hasValues {
        errors.append(
          .forbidden(
            path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      }
    default: break  // An unknown operator is not understood, but no error.
    }
    return labels ? errors + keyErrors(key, path.child("key")) : errors
  }

  /// What is wrong with a label's key, one finding each.
  private static func keyErrors(_ key: String, _ path: FieldPath) -> [FieldError] {
    do throws(SelectorError) {
      _ = try LabelSelector.Requirement(key, .exists)
      return []
    } catch {
      let lead = "key: Invalid value: \(GoText.quoted(key)): "
      guard error.message.hasPrefix(lead) else { return [.invalid(path, .string(key), error.message)] }
      let problems = Array(error.message.utf8.dropFirst(lead.utf8.count)).split(separator: UInt8(ascii: ";"))
      return problems.map { problem in
        let text = problem.first == UInt8(ascii: " ") ? problem.dropFirst() : problem
        return .invalid(path, .string(key), String(decoding: text, as: UTF8.self))
      }
    }
  }
}
