import Schema
import Values

/// What plugins are set up with where a file says so.
public struct PluginSettings: Sendable {
  /// For PodSecurity: what holds in namespaces without labels, and who is exempt.
  public var podSecurity = PodSecurityConfiguration()
  /// For EventRateLimit; without limits it allows all.
  public var eventLimits: [EventLimit] = []
  /// For PodNodeSelector.
  public var nodeSelectors = NodeSelectorSettings()
  /// For PodTolerationRestriction.
  public var tolerations = TolerationSettings()
  /// For ResourceQuota: what may be used only where a quota covers it.
  public var limitedResources: [LimitedResource] = []
  /// For ImagePolicyWebhook; without it every pod is refused.
  public var imagePolicy: ImagePolicySettings?

  /// Nothing is set up.
  public init() {}
}

/// The plugin PodNodeSelector's configuration, which has neither a kind nor a version.
public struct NodeSelectorSettings: Sendable {
  /// For namespaces without a selector of their own.
  public var clusterDefault: Object = [:]
  /// By namespace: the labels that its pods may ask for.
  public var allowed: [String: Object] = [:]

  public init() {}

  /// - Throws: where a selector is none.
  init(_ value: Value) throws(AdmissionConfigurationError) {
    for (name, selector) in value["podNodeSelectorPluginConfig"]?.object ?? [:] {
      let labels: Object
      do throws(NodeSelectorText.Failure) {
        labels = try NodeSelectorText.labels(selector.string ?? JSON.text(selector))
      } catch {
        throw .init("podNodeSelectorPluginConfig.\(name): \(error.description)")
      }
      if name == "clusterDefaultNodeSelector" { clusterDefault = labels } else { allowed[name] = labels }
    }
  }
}

/// The plugin PodTolerationRestriction's configuration
/// (podtolerationrestriction.admission.k8s.io/v1alpha1 Configuration).
public struct TolerationSettings: Sendable {
  /// Tolerations of pods in namespaces that say nothing themselves.
  public var defaults: [Value] = []
  /// The tolerations that pods of those namespaces may have; all where it is empty.
  public var allowed: [Value] = []

  public init() {}

  init(_ value: Value) throws(AdmissionConfigurationError) {
    let toleration: [String: ConfigurationDocument.Shape] = [
      "key": .text, "operator": .text, "value": .text, "effect": .text, "tolerationSeconds": .number,
    ]
    try ConfigurationDocument.check(
      value, kind: "Configuration", versions: ["podtolerationrestriction.admission.k8s.io/v1alpha1"],
      fields: ["default": .list(toleration), "whitelist": .list(toleration)])
    defaults = value["default"]?.array ?? []
    allowed = value["whitelist"]?.array ?? []
  }
}

/// A resource that may be used only where a quota covers it
/// (apiserver.config.k8s.io/v1 ResourceQuotaConfiguration, LimitedResource).
public struct LimitedResource: Sendable {
  public var resource: GroupResource
  /// Parts of the names of amounts that are limited.
  public var matchContains: [String] = []
  /// Scopes that are limited.
  public var matchScopes: [QuotaScope] = []

  static func resources(_ value: Value) throws(AdmissionConfigurationError) -> [LimitedResource] {
    let isOld = value["kind"]?.string == "Configuration"
    let scope: [String: ConfigurationDocument.Shape] = [
      "scopeName": .text, "operator": .text, "values": .texts,
    ]
    try ConfigurationDocument.check(
      value, kind: isOld ? "Configuration" : "ResourceQuotaConfiguration",
      versions: isOld
        ? ["resourcequota.admission.k8s.io/v1alpha1", "resourcequota.admission.k8s.io/v1beta1"]
        : ["apiserver.config.k8s.io/v1"],
      fields: [
        "limitedResources": .list([
          "apiGroup": .text, "resource": .text, "matchContains": .texts, "matchScopes": .list(scope),
        ])
      ])
    var resources: [LimitedResource] = []
    for (index, entry) in (value["limitedResources"]?.array ?? []).enumerated() {
      let name = entry["resource"]?.string ?? ""
      if name.isEmpty { throw .init("limitedResources[\(index)].resource: Required value") }
      resources.append(
        LimitedResource(
          resource: GroupResource(group: entry["apiGroup"]?.string ?? "", resource: name),
          matchContains: entry["matchContains"]?.strings ?? [],
          matchScopes: (entry["matchScopes"]?.array ?? []).map {
            QuotaScope(
              $0["scopeName"]?.string ?? "", operation: $0["operator"]?.string ?? "Exists",
              values: $0["values"]?.strings ?? [])
          }))
    }
    return resources
  }
}

extension EventLimit {
  /// The limits of an EventRateLimit's document (eventratelimit.admission.k8s.io/v1alpha1 Configuration).
  static func limits(_ value: Value) throws(AdmissionConfigurationError) -> [EventLimit] {
    try ConfigurationDocument.check(
      value, kind: "Configuration", versions: ["eventratelimit.admission.k8s.io/v1alpha1"],
      fields: ["limits": .list(["type": .text, "qps": .number, "burst": .number, "cacheSize": .number])])
    let entries = value["limits"]?.array ?? []
    if entries.isEmpty { throw .init("limits: Invalid value: null: must not be empty") }
    var problems: [String] = []
    let limits = entries.enumerated().compactMap { index, entry in
      limit(entry, at: "limits[\(index)]", &problems)
    }
    if !problems.isEmpty { throw .init(aggregated(problems)) }
    return limits
  }

  /// - Parameter problems: what is wrong with the limit; then there is none.
  private static func limit(_ entry: Value, at path: String, _ problems: inout [String]) -> EventLimit? {
    let type = entry["type"]?.string ?? ""
    let kind = Kind(rawValue: type)
    if kind == nil {
      problems.append(
        "\(path).type: Unsupported value: \(FieldError.quoted(type)): supported values: \"Server\", "
          + "\"Namespace\", \"User\", \"SourceAndObject\"")
    }
    var numbers: [String: Int] = [:]
    for name in ["burst", "qps"] {
      let number = entry[name]?.int ?? 0
      if number > 0, number <= Int64(Int32.max) {
        numbers[name] = Int(number)
      } else {
        problems.append("\(path).\(name): Invalid value: \(number): must be positive")
      }
    }
    if kind != .server, let size = entry["cacheSize"]?.int, size < 0 {
      problems.append("\(path).cacheSize: Invalid value: \(size): must not be negative")
    }
    guard let kind, let burst = numbers["burst"], let rate = numbers["qps"] else { return nil }
    return EventLimit(kind, queriesPerSecond: rate, burst: burst)
  }
}

extension PodSecurityConfiguration {
  /// Reads a document strictly.
  /// - Throws: every level, version and exemption that is none.
  init(checking value: Value) throws(AdmissionConfigurationError) {
    let group = "pod-security.admission.config.k8s.io"
    let modes = ["enforce", "audit", "warn"]
    var defaults: [String: ConfigurationDocument.Shape] = [:]
    for mode in modes {
      defaults[mode] = .text
      defaults["\(mode)-version"] = .text
    }
    try ConfigurationDocument.check(
      value, kind: "PodSecurityConfiguration",
      versions: ["\(group)/v1", "\(group)/v1beta1", "\(group)/v1alpha1"],
      fields: [
        "defaults": .object(defaults),
        "exemptions": .object(["usernames": .texts, "namespaces": .texts, "runtimeClasses": .texts]),
      ])
    var problems: [String] = []
    for mode in modes {
      if let level = value["defaults"]?[mode]?.string, !level.isEmpty,
        PodSecurityLevel(rawValue: level) == nil
      {
        problems.append(
          "defaults.\(mode): Invalid value: \(FieldError.quoted(level)): must be one of privileged, baseline, "
            + "restricted")
      }
      if let version = value["defaults"]?["\(mode)-version"]?.string, !version.isEmpty,
        PodSecurityVersion(version) == nil
      {
        problems.append(
          "defaults.\(mode)-version: Invalid value: \(FieldError.quoted(version)): must be \"latest\" or "
            + "\"v1.x\"")
      }
    }
    for list in ["namespaces", "runtimeClasses", "usernames"] {
      var seen: Set<String> = []
      for (index, name) in (value["exemptions"]?[list]?.strings ?? []).enumerated() {
        let place = "exemptions.\(list)[\(index)]"
        if !seen.insert(name).inserted {
          problems.append("\(place): Duplicate value: \(FieldError.quoted(name))")
        } else if list == "usernames" {
          if name.isEmpty { problems.append("\(place): Invalid value: \"\": username must not be empty") }
        } else {
          problems += LabelSyntax.subdomainProblems(name).map {
            "\(place): Invalid value: \(FieldError.quoted(name)): \($0)"
          }
        }
      }
    }
    if !problems.isEmpty {
      throw .init(aggregated(problems))
    }
    guard let read = PodSecurityConfiguration(value) else { throw .init("can't be read") }
    self = read
  }
}
