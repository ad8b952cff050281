import Schema
import Values

/// Why a policy can't be used: each finding with the line of the file where it is known.
public struct AuditPolicyError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

extension AuditPolicy {
  /// Reads a policy file: YAML or JSON, audit.k8s.io/v1, kind Policy.
  ///
  /// What the file has and a policy has not is refused, not skipped: a rule with a misspelt field would
  /// otherwise hold for more than was meant.
  /// - Throws: ``AuditPolicyError``.
  public init(yaml bytes: [UInt8]) throws(AuditPolicyError) {
    var duplicates: [String]? = []
    let value: Value
    do throws(YAML.SyntaxError) {
      value = try YAML.parse(bytes, duplicates: &duplicates)
    } catch {
      throw AuditPolicyError(error.message)
    }
    if let duplicates, !duplicates.isEmpty {
      throw AuditPolicyError(YAML.duplicatesError(duplicates).message)
    }
    var reader = AuditPolicyReader()
    let policy = reader.policy(value)
    if !reader.findings.isEmpty {
      throw AuditPolicyError(
        reader.findings.map { finding in
          let line = YAML.line(of: finding.path, in: bytes).map { "line \($0): " } ?? ""
          return line + finding.error.description
        }.joined(separator: "; "))
    }
    if policy.rules.isEmpty { throw AuditPolicyError("loaded illegal policy with 0 rules") }
    self = policy
  }
}

/// Turns the tree of a policy file into a policy and collects what is wrong with it.
struct AuditPolicyReader {
  /// A finding and where it is.
  struct Finding {
    var path: [YAML.Step]
    var error: FieldError
  }

  private(set) var findings: [Finding] = []

  private static let policyFields: Set = [
    "apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields",
  ]
  private static let ruleFields: Set = [
    "level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages",
    "omitManagedFields",
  ]
  private static let resourceFields: Set = ["group", "resources", "resourceNames"]

  mutating func policy(_ value: Value) -> AuditPolicy {
    var policy = AuditPolicy()
    guard let object = value.object else {
      report([], .typeInvalid(FieldPath("policy"), value, "expected a mapping"))
      return policy
    }
    expect(object, "apiVersion", "audit.k8s.io/v1")
    expect(object, "kind", "Policy")
    refuseUnknown(object, Self.policyFields, [])
    if let rules = list(object["rules"], [.key("rules")]) {
      policy.rules = rules.enumerated().map { rule($1, [.key("rules"), .index($0)]) }
    }
    policy.omitStages = stages(object["omitStages"], [.key("omitStages")])
    policy.omitManagedFields = flag(object["omitManagedFields"], [.key("omitManagedFields")]) ?? false
    return policy
  }

  private mutating func rule(_ value: Value, _ path: [YAML.Step]) -> AuditPolicy.Rule {
    var rule = AuditPolicy.Rule()
    guard let object = mapping(value, path) else { return rule }
    refuseUnknown(object, Self.ruleFields, path)
    let level = text(object["level"], path + [.key("level")]) ?? ""
    if level.isEmpty {
      report(path + [.key("level")], .required(Self.fieldPath(path + [.key("level")])))
    } else if let known = AuditLevel(name: level) {
      rule.level = known
    } else {
      let at = path + [.key("level")]
      report(at, .notSupported(Self.fieldPath(at), .string(level), AuditLevel.allCases.map(\.name)))
    }
    rule.users = texts(object["users"], path + [.key("users")])
    rule.userGroups = texts(object["userGroups"], path + [.key("userGroups")])
    rule.verbs = texts(object["verbs"], path + [.key("verbs")])
    rule.namespaces = texts(object["namespaces"], path + [.key("namespaces")])
    rule.nonResourceURLs = paths(object["nonResourceURLs"], path + [.key("nonResourceURLs")])
    if let resources = list(object["resources"], path + [.key("resources")]) {
      rule.resources = resources.enumerated().map {
        groupResources($1, path + [.key("resources"), .index($0)])
      }
    }
    rule.omitStages = stages(object["omitStages"], path + [.key("omitStages")])
    rule.omitManagedFields = flag(object["omitManagedFields"], path + [.key("omitManagedFields")])
    if !rule.nonResourceURLs.isEmpty, !rule.resources.isEmpty || !rule.namespaces.isEmpty {
      let at = path + [.key("nonResourceURLs")]
      report(
        at,
        .invalid(
          Self.fieldPath(at), Value(rule.nonResourceURLs),
          "rules cannot apply to both regular resources and non-resource URLs"))
    }
    return rule
  }

  private mutating func groupResources(_ value: Value, _ path: [YAML.Step]) -> AuditPolicy.GroupResources {
    var group = AuditPolicy.GroupResources()
    guard let object = mapping(value, path) else { return group }
    refuseUnknown(object, Self.resourceFields, path)
    group.group = text(object["group"], path + [.key("group")]) ?? ""
    group.resources = texts(object["resources"], path + [.key("resources")])
    group.resourceNames = texts(object["resourceNames"], path + [.key("resourceNames")])
    let problems = group.group.isEmpty || group.group == "*" ? [] : LabelSyntax.subdomainProblems(group.group)
    if !problems.isEmpty {
      let at = path + [.key("group")]
      report(at, .invalid(Self.fieldPath(at), .string(group.group), problems.joined(separator: ",")))
    }
    if !group.resourceNames.isEmpty, group.resources.isEmpty {
      let at = path + [.key("resourceNames")]
      report(
        at,
        .invalid(
          Self.fieldPath(at), Value(group.resourceNames), "using resourceNames requires at least one resource"
        ))
    }
    return group
  }

  private mutating func paths(_ value: Value?, _ path: [YAML.Step]) -> [String] {
    let urls = texts(value, path)
    for (index, url) in urls.enumerated() where url != "*" {
      let at = path + [.index(index)]
      if !url.hasPrefix("/") {
        report(
          at,
          .invalid(
            Self.fieldPath(at), .string(url), "non-resource URL rules must begin with a '/' character"))
      }
      if url.dropLast().contains("*") {
        report(
          at,
          .invalid(
            Self.fieldPath(at), .string(url),
            "non-resource URL wildcards '*' must be the final character of the rule"))
      }
    }
    return urls
  }

  private mutating func stages(_ value: Value?, _ path: [YAML.Step]) -> Set<AuditStage> {
    var stages: Set<AuditStage> = []
    for (index, name) in texts(value, path).enumerated() {
      if let stage = AuditStage(rawValue: name) {
        stages.insert(stage)
      } else {
        let at = path + [.index(index)]
        let allowed = AuditStage.allCases.map(\.rawValue).joined(separator: ",")
        report(at, .invalid(Self.fieldPath(at), .string(name), "allowed stages are \(allowed)"))
      }
    }
    return stages
  }

  // MARK: - Shapes

  private mutating func expect(_ object: Object, _ key: String, _ wanted: String) {
    let given = object[key]?.string ?? ""
    if given.isEmpty {
      report([.key(key)], .required(FieldPath(key), "must be \(wanted)"))
    } else if given != wanted {
      report([.key(key)], .notSupported(FieldPath(key), .string(given), [wanted]))
    }
  }

  private mutating func refuseUnknown(_ object: Object, _ known: Set<String>, _ path: [YAML.Step]) {
    for (key, value) in object where !known.contains(key) {
      let at = path + [.key(key)]
      report(at, .invalid(Self.fieldPath(at), value, "unknown field"))
    }
  }

  private mutating func mapping(_ value: Value, _ path: [YAML.Step]) -> Object? {
    if case .object(let object) = value { return object }
    report(path, .typeInvalid(Self.fieldPath(path), value, "expected a mapping"))
    return nil
  }

  private mutating func list(_ value: Value?, _ path: [YAML.Step]) -> [Value]? {
    guard let value, !value.isNull else { return nil }
    if case .array(let elements) = value { return elements }
    report(path, .typeInvalid(Self.fieldPath(path), value, "expected a list"))
    return nil
  }

  private mutating func text(_ value: Value?, _ path: [YAML.Step]) -> String? {
    guard let value, !value.isNull else { return nil }
    if case .string(let text) = value { return text }
    report(path, .typeInvalid(Self.fieldPath(path), value, "expected a text"))
    return nil
  }

  private mutating func flag(_ value: Value?, _ path: [YAML.Step]) -> Bool? {
    guard let value, !value.isNull else { return nil }
    if case .bool(let flag) = value { return flag }
    report(path, .typeInvalid(Self.fieldPath(path), value, "expected true or false"))
    return nil
  }

  private mutating func texts(_ value: Value?, _ path: [YAML.Step]) -> [String] {
    (list(value, path) ?? []).enumerated().compactMap { text($1, path + [.index($0)]) }
  }

  private mutating func report(_ path: [YAML.Step], _ error: FieldError) {
    findings.append(Finding(path: path, error: error))
  }

  private static func fieldPath(_ path: [YAML.Step]) -> FieldPath {
    var text = ""
    for step in path {
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + key
      case .index(let index): text += "[\(index)]"
      }
    }
    return FieldPath(text)
  }
}
