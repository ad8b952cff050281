import Schema
import Values

/// FlowSchemas and PriorityLevelConfigurations (pkg/apis/flowcontrol/validation; KEP-1040).
enum FlowControlRules {
  private static let group = "flowcontrol.apiserver.k8s.io"

  static let table: [String: KindRules] = [
    "\(group)/FlowSchema": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        schema(object["spec"], name: object["metadata"]["name"].text, &errors)
        conditions(object["status"]["conditions"], &errors)
      },
      steps: [.metadata, .content],
      subresources: ["status": { new, _, errors in conditions(new["status"]["conditions"], &errors) }]),
    "\(group)/PriorityLevelConfiguration": KindRules(
      checksFinalizers: true,
      content: { object, errors in
        level(object["spec"], name: object["metadata"]["name"].text, &errors)
        conditions(object["status"]["conditions"], &errors)
      },
      steps: [.metadata, .content],
      subresources: ["status": { new, _, errors in conditions(new["status"]["conditions"], &errors) }]),
  ]

  private static func conditions(_ field: Field, _ errors: inout Findings) {
    var types: Set<String> = []
    for condition in field.elements {
      let type = condition["type"]
      if !types.insert(type.text).inserted { errors.duplicate(type, .string(type.text)) }
      if !type.hasText { errors.required(type, "must not be empty") }
    }
  }

  // MARK: - Flow schemas

  private static func schema(_ spec: Field, name: String, _ errors: inout Findings) {
    let precedence = spec["matchingPrecedence"]
    if precedence.number <= 0 {
      errors.invalid(precedence, showing: .int(precedence.number), "must be a positive value")
    }
    if precedence.number > 10_000 { errors.invalid(precedence, "must not be greater than 10000") }
    if precedence.number == 1, name != "exempt" {
      errors.invalid(precedence, "only the schema named 'exempt' may have matchingPrecedence 1")
    }
    let method = spec["distinguisherMethod"]
    if method.isSet, !["ByNamespace", "ByUser"].contains(method["type"].text) {
      errors.append(
        .notSupported(
          method["type"].path, ["Type": .string(method["type"].text)], ["ByNamespace", "ByUser"]))
    }
    errors.checkRequired(
      spec["priorityLevelConfiguration"]["name"], "must reference a priority level", Names.dns1123Subdomain)
    for rule in spec["rules"].elements { FlowControlRules.rule(rule, &errors) }
  }

  private static func rule(_ rule: Field, _ errors: inout Findings) {
    if rule["subjects"].isEmpty {
      errors.required(rule["subjects"], "subjects must contain at least one value")
    }
    for subject in rule["subjects"].elements { FlowControlRules.subject(subject, &errors) }
    if rule["resourceRules"].isEmpty, rule["nonResourceRules"].isEmpty {
      errors.required(rule, "at least one of resourceRules and nonResourceRules has to be non-empty")
    }
    for resource in rule["resourceRules"].elements { resourceRule(resource, &errors) }
    for path in rule["nonResourceRules"].elements { pathRule(path, &errors) }
  }

  private static let subjects = [
    ("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group"),
  ]

  private static func subject(_ subject: Field, _ errors: inout Findings) {
    let kind = subject["kind"].text
    guard let own = subjects.first(where: { $0.0 == kind }) else {
      return errors.oneOf(subject["kind"], ["Group", "ServiceAccount", "User"])
    }
    let field = subject[own.1]
    if !field.isSet {
      errors.required(field, "\(own.1) is required when subject kind is '\(kind)'")
    } else if kind == "ServiceAccount" {
      if !field["name"].hasText {
        errors.required(field["name"])
      } else if field["name"].text != "*" {
        errors.check(field["name"], Names.dns1123Subdomain)
      }
      errors.checkRequired(
        field["namespace"], "must specify namespace for service account", Names.dns1123Label)
    } else {
      errors.requireText(field["name"])
    }
    for (other, name) in subjects where other != kind && subject[name].isSet {
      errors.forbidden(subject[name], "\(name) is forbidden when subject kind is not '\(other)'")
    }
  }

  private static let verbs = [
    "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch",
  ]

  private static func verbs(_ field: Field, _ errors: inout Findings) {
    if field.isEmpty {
      errors.required(field, "verbs must contain at least one value")
    } else if field.strings.contains("*") {
      if field.count > 1 { errors.invalid(field, "if '*' is present, must not specify other verbs") }
    } else if !Set(field.strings).isSubset(of: verbs) {
      errors.append(.notSupported(field.path, field.value ?? .null, verbs))
    }
  }

  private static func resourceRule(_ rule: Field, _ errors: inout Findings) {
    verbs(rule["verbs"], &errors)
    let lists = [("apiGroups", "api group"), ("resources", "resource")]
    for (name, word) in lists {
      let field = rule[name]
      if field.isEmpty {
        errors.required(field, "resource rules must supply at least one \(word)")
      } else if field.count > 1, field.strings.contains("*") {
        errors.invalid(field, "if '*' is present, must not specify other \(word)s")
      }
    }
    let namespaces = rule["namespaces"]
    if namespaces.isEmpty, !rule["clusterScope"].isTrue {
      errors.required(
        namespaces, "resource rules that are not cluster scoped must supply at least one namespace")
    } else if namespaces.strings.contains("*") {
      if namespaces.count > 1 {
        errors.invalid(namespaces, "if '*' is present, must not specify other namespaces")
      }
    } else {
      for namespace in namespaces.elements {
        errors.check(namespace) { text in
          Names.dns1123Label(text).map { "each member of this list must be '*' or a DNS-1123 label; \($0)" }
        }
      }
    }
  }

  private static func pathRule(_ rule: Field, _ errors: inout Findings) {
    verbs(rule["verbs"], &errors)
    let urls = rule["nonResourceURLs"]
    if urls.isEmpty {
      errors.required(urls, "nonResourceURLs must contain at least one value")
    } else if urls.strings.contains("*") {
      if urls.count > 1 {
        errors.invalid(urls, "if '*' is present, must not specify other non-resource URLs")
      }
    } else {
      for url in urls.elements {
        if let fault = pathFault(url.text) { errors.invalidText(url, fault) }
      }
    }
  }

  private static func pathFault(_ path: String) -> String? {
    if path.isEmpty { return "must not be empty" }
    if path == "/" { return nil }
    if !path.hasPrefix("/") { return "must start with slash" }
    if path.contains(" ") { return "must not contain white-space" }
    if path.contains("//") { return "must not contain double slash" }
    let stars = path.filter { $0 == "*" }.count
    return stars > 1 || stars == 1 && !path.hasSuffix("/*") ? "wildcard can only do suffix matching" : nil
  }

  // MARK: - Priority levels

  private static func level(_ spec: Field, name: String, _ errors: inout Findings) {
    let type = spec["type"]
    if (name == "exempt") != (type.text == "Exempt") {
      errors.invalidText(type, "type must be 'Exempt' if and only if name is 'exempt'")
    }
    let (limited, exempt) = (spec["limited"], spec["exempt"])
    switch type.text {
    case "Exempt":
      if limited.isSet {
        errors.forbidden(limited, "must be nil if the type is not Limited")
      }
      for part in ["nominalConcurrencyShares", "lendablePercent"] where exempt[part].number < 0 {
        errors.invalid(exempt[part], "must be a non-negative integer")
      }
    case "Limited":
      if exempt.isSet { errors.forbidden(exempt, "must be nil if the type is Limited") }
      if limited.isSet {
        FlowControlRules.limited(limited, &errors)
      } else {
        errors.required(limited, "must not be empty when type is Limited")
      }
    default: errors.oneOf(type, ["Exempt", "Limited"])
    }
  }

  private static func limited(_ limited: Field, _ errors: inout Findings) {
    if limited["nominalConcurrencyShares"].number < 0 {
      errors.invalid(limited["nominalConcurrencyShares"], "must be a non-negative integer")
    }
    let (lendable, borrowing) = (limited["lendablePercent"], limited["borrowingLimitPercent"])
    if lendable.isSet, !(0...100).contains(lendable.number) {
      errors.invalid(lendable, "must be between 0 and 100, inclusive")
    }
    if borrowing.number < 0 {
      errors.invalid(borrowing, "if specified, must be a non-negative integer")
    }
    let response = limited["limitResponse"]
    let queuing = response["queuing"]
    switch response["type"].text {
    case "Reject":
      if queuing.isSet {
        errors.forbidden(queuing, "must be nil if limited.limitResponse.type is not Limited")
      }
    case "Queue":
      if queuing.isSet {
        FlowControlRules.queuing(queuing, &errors)
      } else {
        errors.required(queuing, "must not be empty if limited.limitResponse.type is Limited")
      }
    default: errors.oneOf(response["type"], ["Queue", "Reject"])
    }
  }

  private static func queuing(_ field: Field, _ errors: inout Findings) {
    let (length, queues, hand) = (field["queueLengthLimit"], field["queues"], field["handSize"])
    for field in [length, queues] where field.number <= 0 {
      errors.invalid(field, showing: .int(field.number), "must be positive")
    }
    if queues.number > 10_000_000 { errors.invalid(queues, "must not be greater than 10000000") }
    guard hand.number > 0 else {
      errors.invalid(hand, showing: .int(hand.number), "must be positive")
      return
    }
    if hand.number > queues.number {
      errors.invalid(hand, "should not be greater than queues (\(queues.number))")
    } else if entropy(queues.number, hand.number) > 60 {
      errors.invalid(
        hand,
        "required entropy bits of deckSize \(queues.number) and handSize \(hand.number) "
          + "should not be greater than 60")
    }
  }

  /// The bits that it takes to deal a hand of that size.
  private static func entropy(_ deck: Int64, _ hand: Int64) -> Int {
    var bits = 0.0
    for i in 0..<min(hand, 64) { bits += Double(deck - i).logarithm2 }
    return Int(bits.rounded(.up))
  }
}

extension Double {
  /// The logarithm to base 2 of a positive number.
  fileprivate var logarithm2: Double {
    var fraction = significand
    var result = Double(exponent)
    var step = 0.5
    for _ in 0..<40 {
      fraction *= fraction
      if fraction >= 2 {
        fraction /= 2
        result += step
      }
      step /= 2
    }
    return result
  }
}
