import Schema
import Values

/// Admission webhooks, and how any webhook is reached.
enum WebhookRules {
  static let mutating = rules(isMutating: true)
  static let validating = rules(isMutating: false)

  private static func rules(isMutating: Bool) -> KindRules {
    KindRules(
      content: { object, errors in
        webhooks(object["webhooks"], isMutating: isMutating, old: nil, &errors)
      },
      change: { new, old, errors in
        webhooks(
          new["webhooks"], isMutating: isMutating, old: old["webhooks"]?.array ?? [], &errors)
      },
      steps: [.metadata, .change])
  }

  private static let reviewVersions = ["v1", "v1beta1"]
  private static let quietEffects = ["None", "NoneOnDryRun"]

  /// - Parameter old: the stored hooks, whose faults a change may keep; nil for a new object.
  private static func webhooks(_ field: Field, isMutating: Bool, old: [Value]?, _ errors: inout Findings) {
    let oldNames = (old ?? []).compactMap { $0["name"]?.string }
    let uniqueNames = Set(oldNames).count == oldNames.count
    let allowsEffects = (old ?? []).contains { !quietEffects.contains($0["sideEffects"]?.string ?? "") }
    let allowsVersions = (old ?? []).contains {
      let versions = $0["admissionReviewVersions"]?.strings ?? []
      return !versions.isEmpty && Set(versions).isDisjoint(with: reviewVersions)
    }
    var names: Set<String> = []
    for hook in field.elements {
      WebhookRules.hook(hook, isMutating: isMutating, allowsEffects: allowsEffects, &errors)
      versions(hook["admissionReviewVersions"], allowsUnknown: allowsVersions, &errors)
      if uniqueNames, hook["name"].hasText, !names.insert(hook["name"].text).inserted {
        errors.duplicate(hook["name"])
      }
    }
  }

  private static func hook(
    _ hook: Field, isMutating: Bool, allowsEffects: Bool, _ errors: inout Findings
  ) {
    name(hook["name"], &errors)
    for rule in hook["rules"].elements { AdmissionRules.ruleWithOperations(rule, &errors) }
    if hook["failurePolicy"].isSet { errors.oneOf(hook["failurePolicy"], ["Fail", "Ignore"]) }
    if hook["matchPolicy"].isSet { errors.oneOf(hook["matchPolicy"], ["Equivalent", "Exact"]) }
    let effects = allowsEffects ? ["None", "NoneOnDryRun", "Some", "Unknown"] : quietEffects
    if hook["sideEffects"].isSet {
      errors.oneOf(hook["sideEffects"], effects)
    } else {
      errors.required(hook["sideEffects"], "must specify one of \(effects.joined(separator: ", "))")
    }
    if let seconds = hook["timeoutSeconds"].int, !(1...30).contains(seconds) {
      errors.invalid(hook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds")
    }
    Selectors.validate(hook["namespaceSelector"], &errors)
    Selectors.validate(hook["objectSelector"], &errors)
    if isMutating, hook["reinvocationPolicy"].isSet {
      errors.oneOf(hook["reinvocationPolicy"], ["IfNeeded", "Never"])
    }
    client(hook["clientConfig"], &errors)
    AdmissionRules.matchConditions(hook["matchConditions"], hasParams: false, &errors)
  }

  private static func name(_ field: Field, _ errors: inout Findings) {
    guard field.hasText else { return errors.required(field) }
    let faults = Names.dns1123Subdomain(field.text)
    if !faults.isEmpty {
      errors.invalid(field, faults.joined(separator: ","))
    } else if field.text.split(separator: ".").count < 3 {
      errors.invalid(field, "should be a domain with at least three segments separated by dots")
    }
  }

  private static func versions(_ field: Field, allowsUnknown: Bool, _ errors: inout Findings) {
    let list = reviewVersions.joined(separator: ", ")
    if field.isEmpty { return errors.required(field, "must specify one of \(list)") }
    reviewVersions(field, &errors)
    if !allowsUnknown, Set(field.strings).isDisjoint(with: reviewVersions) {
      errors.invalid(field, "must include at least one of \(list)")
    }
  }

  /// Each version once, and each a label.
  static func reviewVersions(_ field: Field, _ errors: inout Findings) {
    var seen: Set<String> = []
    for version in field.elements {
      if !seen.insert(version.text).inserted {
        errors.invalid(version, "duplicate version")
      } else {
        errors.check(version, Names.dns1035Label)
      }
    }
  }

  // MARK: - How a webhook is reached

  static func client(_ config: Field, _ errors: inout Findings) {
    switch (config["url"].isSet, config["service"].isSet) {
    case (true, false): url(config["url"], &errors)
    case (false, true): service(config["service"], &errors)
    default: errors.required(config, "exactly one of url or service is required")
    }
  }

  private static func url(_ field: Field, _ errors: inout Findings) {
    let form = "; desired format: https://host[/path]"
    func fail(_ shown: String, _ text: String) { errors.invalid(field, showing: .string(shown), text + form) }
    let text = field.text
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let scheme = parts.count == 2 ? parts[0] : ""
    if scheme != "https" { fail(scheme, "'https' is the only allowed URL scheme") }
    let rest = parts.count == 2 ? parts[1][...] : ""[...]
    var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    var user: Substring = ""
    if let at = authority.lastIndex(of: "@") {
      user = authority[..<at]
      authority = authority[authority.index(after: at)...]
    }
    if authority.isEmpty { fail("", "host must be specified") }
    if !user.isEmpty { fail(String(user), "user information is not permitted in the URL") }
    if let hash = text.firstIndex(of: "#") {
      let fragment = String(text[text.index(after: hash)...])
      if !fragment.isEmpty { fail(fragment, "fragments are not permitted in the URL") }
    }
    if let mark = text.firstIndex(of: "?") {
      let query = String(text[text.index(after: mark)...].prefix { $0 != "#" })
      if !query.isEmpty { fail(query, "query parameters are not permitted in the URL") }
    }
  }

  private static func service(_ service: Field, _ errors: inout Findings) {
    errors.requireText(service["name"])
    errors.requireText(service["namespace"])
    if !(1...65_535).contains(service["port"].number) {
      errors.invalid(
        service["port"], showing: .int(service["port"].number),
        "port is not valid: \(Texts.range(1, 65_535))")
    }
    let path = service["path"]
    if !path.hasText || path.text == "/" { return }
    if path.text == "//" { return errors.invalid(path, "segment[0] may not be empty") }
    if !path.text.hasPrefix("/") { errors.invalid(path, "must start with a '/'") }
    var steps = path.text.dropFirst()
    if steps.hasSuffix("/") { steps = steps.dropLast() }
    for (i, step) in steps.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
      if step.isEmpty {
        errors.invalid(path, "segment[\(i)] may not be empty")
        continue
      }
      for message in Names.dns1123Subdomain(String(step)) {
        errors.invalid(path, "segment[\(i)]: \(message)")
      }
    }
  }
}
