import Schema
import Values

/// LimitRanges.
enum LimitRangeRules {
  static let rules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      var types: Set<String> = []
      for limit in object["spec"]["limits"].elements {
        let type = limit["type"]
        typeName(type, &errors)
        if !types.insert(type.text).inserted { errors.duplicate(type, .string(type.text)) }
        LimitRangeRules.limit(limit, &errors)
      }
    },
    steps: [.metadata, .content])

  private static func typeName(_ type: Field, _ errors: inout Findings) {
    let faults = Names.qualified(type.text)
    for message in faults { errors.invalidText(type, message) }
    if faults.isEmpty, !type.text.contains("/"),
      !["Pod", "Container", "PersistentVolumeClaim"].contains(type.text)
    {
      errors.invalid(type, "must be a standard limit type or fully qualified")
    }
  }

  private static func limit(_ limit: Field, _ errors: inout Findings) {
    let type = limit["type"].text
    var keys: [String] = []
    func names(_ part: String, _ errors: inout Findings) {
      for (name, entry) in limit[part].entries {
        if ["Pod", "Container"].contains(type) {
          ResourceNames.container(name, entry, &errors)
        } else {
          ResourceNames.any(name, entry, &errors)
        }
        if !keys.contains(name) { keys.append(name) }
      }
    }
    names("max", &errors)
    names("min", &errors)
    for part in ["default", "defaultRequest"] {
      if type != "Pod" {
        names(part, &errors)
      } else if !limit[part].isEmpty {
        errors.forbidden(limit[part], "may not be specified when `type` is 'Pod'")
      }
    }
    if type == "PersistentVolumeClaim", limit["min"].value?["storage"] == nil,
      limit["max"].value?["storage"] == nil
    {
      errors.required(
        limit["limits"], "either minimum or maximum storage value is required, but neither was provided")
    }
    names("maxLimitRequestRatio", &errors)
    for key in keys { compare(limit, key, isPod: type == "Pod", &errors) }
  }

  /// The amounts of one resource against each other.
  private static func compare(_ limit: Field, _ key: String, isPod: Bool, _ errors: inout Findings) {
    func amount(_ part: String) -> Quantity? { limit[part].key(key).quantity }
    let (low, high, ratio) = (amount("min"), amount("max"), amount("maxLimitRequestRatio"))
    let usual = isPod ? nil : amount("default")
    let request = isPod ? nil : amount("defaultRequest")
    func fail(_ part: String, _ shown: Quantity, _ text: String) {
      errors.invalid(limit[part].key(key), showing: .string(shown.description), text)
    }
    if let low, let high, low > high {
      fail("min", low, "min value \(low) is greater than max value \(high)")
    }
    if let request, let low, low > request {
      fail("defaultRequest", request, "min value \(low) is greater than default request value \(request)")
    }
    if let request, let high, request > high {
      fail("defaultRequest", request, "default request value \(request) is greater than max value \(high)")
    }
    if let request, let usual, request > usual {
      fail(
        "defaultRequest", request,
        "default request value \(request) is greater than default limit value \(usual)")
    }
    if let usual, let low, low > usual {
      fail("default", low, "min value \(low) is greater than default value \(usual)")
    }
    if let usual, let high, usual > high {
      fail("default", high, "default value \(usual) is greater than max value \(high)")
    }
    if let ratio {
      if ratio < Quantity(1) { fail("maxLimitRequestRatio", ratio, "ratio \(ratio) is less than 1") }
      if let low, let high, low.sign > 0 {
        let most = high.approximate / low.approximate
        if ratio.approximate > most {
          fail(
            "maxLimitRequestRatio", ratio,
            "ratio \(ratio) is greater than max/min = \(Decimal.sixPlaces(most))")
        }
      }
    }
    if !ResourceNames.allowsOvercommit(key), let usual, let request, usual != request {
      fail(
        "defaultRequest", request,
        "default value \(usual) must equal to defaultRequest value \(request) in \(key)")
    }
  }
}

/// Numbers as Go's `%f` prints them.
enum Decimal {
  static func sixPlaces(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
    let scaled = Int64((number * 1_000_000).rounded())
    let fraction = "\(abs(scaled) % 1_000_000)"
    return "\(scaled / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
  }
}
