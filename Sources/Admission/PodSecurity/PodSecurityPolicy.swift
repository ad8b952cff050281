import Schema
import Values

/// What is refused, noted in the audit log and warned about in a namespace.
public struct PodSecurityPolicy: Sendable, Hashable {
  public var enforce: PodSecurityRule
  public var audit: PodSecurityRule
  public var warn: PodSecurityRule

  public init(
    enforce: PodSecurityRule = .init(.privileged), audit: PodSecurityRule = .init(.privileged),
    warn: PodSecurityRule = .init(.privileged)
  ) {
    self.enforce = enforce
    self.audit = audit
    self.warn = warn
  }

  private static let prefix = "pod-security.kubernetes.io/"

  /// The policy that a namespace's labels ask for, and what is wrong with them. What a wrong label would
  /// enforce is taken to be the strictest, what it would only tell about to be nothing.
  static func parse(labels: Object?, defaults: PodSecurityPolicy) -> (PodSecurityPolicy, [FieldError]) {
    var policy = defaults
    var errors: [FieldError] = []
    guard let labels, !labels.isEmpty else { return (policy, errors) }

    let enforce = level("enforce", labels, &errors)
    if labels.contains(prefix + "enforce") { policy.enforce.level = enforce ?? .restricted }
    policy.enforce.version = version("enforce", labels, &errors) ?? policy.enforce.version
    for (mode, path) in [("audit", \PodSecurityPolicy.audit), ("warn", \.warn)] {
      let given = level(mode, labels, &errors)
      let isGiven = labels.contains(prefix + mode)
      if isGiven { policy[keyPath: path].level = given ?? .privileged }
      let isVersionGiven = labels.contains(prefix + mode + "-version")
      policy[keyPath: path].version = version(mode, labels, &errors) ?? policy[keyPath: path].version
      // Who enforces a level wants to hear of controllers whose pods would be refused.
      if !isGiven, enforce != nil, policy.enforce.level > policy[keyPath: path].level {
        policy[keyPath: path].level = policy.enforce.level
        if !isVersionGiven { policy[keyPath: path].version = policy.enforce.version }
      }
    }
    return (policy, errors)
  }

  private static func level(
    _ mode: String, _ labels: Object, _ errors: inout [FieldError]
  ) -> PodSecurityLevel? {
    guard let text = labels[prefix + mode]?.string else { return nil }
    if let level = PodSecurityLevel(rawValue: text) { return level }
    errors.append(
      .invalid(
        FieldPath("metadata.labels").key(prefix + mode), .string(text),
        "must be one of privileged, baseline, restricted"))
    return nil
  }

  private static func version(
    _ mode: String, _ labels: Object, _ errors: inout [FieldError]
  ) -> PodSecurityVersion? {
    let key = "\(prefix)\(mode)-version"
    guard let text = labels[key]?.string else { return nil }
    if let version = PodSecurityVersion(text) { return version }
    errors.append(
      .invalid(FieldPath("metadata.labels").key(key), .string(text), #"must be "latest" or "v1.x""#))
    return .latest
  }

  /// What is not privileged, in short.
  var summary: String {
    [("enforce", enforce), ("audit", audit), ("warn", warn)].filter { $0.1.level != .privileged }
      .map { "\($0.0)=\($0.1)" }.joined(separator: ", ")
  }
}

/// The plugin's configuration (pod-security.admission.config.k8s.io/v1 PodSecurityConfiguration).
public struct PodSecurityConfiguration: Sendable {
  /// Where a namespace says nothing.
  public var defaults = PodSecurityPolicy()
  public var exemptUsernames: Set<String> = []
  public var exemptNamespaces: Set<String> = []
  public var exemptRuntimeClasses: Set<String> = []

  public init() {}

  /// The configuration in a document; nil where a level or a version in it is none.
  public init?(_ value: Value) {
    let defaults = value["defaults"]
    func rule(_ mode: String) -> PodSecurityRule? {
      guard let level = PodSecurityLevel(rawValue: defaults?[mode]?.string ?? "privileged"),
        let version = PodSecurityVersion(defaults?["\(mode)-version"]?.string ?? "latest")
      else { return nil }
      return PodSecurityRule(level, version)
    }
    guard let enforce = rule("enforce"), let audit = rule("audit"), let warn = rule("warn") else {
      return nil
    }
    self.defaults = PodSecurityPolicy(enforce: enforce, audit: audit, warn: warn)
    exemptUsernames = Set(value["exemptions"]?["usernames"]?.strings ?? [])
    exemptNamespaces = Set(value["exemptions"]?["namespaces"]?.strings ?? [])
    exemptRuntimeClasses = Set(value["exemptions"]?["runtimeClasses"]?.strings ?? [])
  }
}
