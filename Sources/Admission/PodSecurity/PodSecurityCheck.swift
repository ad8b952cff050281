import Values

/// A pod, or the template of one, as checks see it.
struct CheckedPod {
  let annotations: Object
  let spec: Value
  /// Init containers, containers, ephemeral containers.
  let containers: [Value]

  /// - Parameter pod: an object with `metadata` and `spec`.
  init(_ pod: Value) {
    annotations = pod["metadata"]?["annotations"]?.object ?? [:]
    spec = pod["spec"] ?? [:]
    containers = spec.containers()
  }

  /// The names of the containers for which the test holds.
  func names(where test: (Value) -> Bool) -> [String] { containers.filter(test).map { $0.text("name") } }

  /// Since 1.25 controls that only Linux knows do not hold for pods that say they are for Windows.
  var isWindows: Bool { spec["os"]?.text("name") == "windows" }
  /// In a user namespace root is nobody outside (KEP-127).
  var hasUserNamespace: Bool { spec["hostUsers"]?.bool == false }
}

/// Why a pod does not meet a control.
struct PodSecurityViolation: Sendable {
  var reason: String
  var detail: String

  var description: String { detail.isEmpty ? reason : "\(reason) (\(detail))" }
}

/// One control of the Pod Security Standards.
struct PodSecurityCheck: Sendable {
  typealias Test = @Sendable (CheckedPod) -> PodSecurityViolation?

  /// Controls are reported in the order of these names, those of the baseline first.
  let id: String
  let level: PodSecurityLevel
  /// The minor releases since which a form of the control holds, ascending.
  let versions: [(since: Int, test: Test)]
  /// The baseline control that this one includes.
  var replaces: String?

  func test(_ version: PodSecurityVersion) -> Test? { versions.last { version.includes($0.since) }?.test }

  /// The test for pods that share their host's user namespace.
  static func exceptUserNamespaces(_ test: @escaping Test) -> Test {
    { $0.hasUserNamespace ? nil : test($0) }
  }

  private static let ordered =
    (baselineChecks + restrictedChecks).sorted { a, b in
      a.level == b.level ? a.id.utf8.lexicographicallyPrecedes(b.id.utf8) : a.level < b.level
    }

  /// What the pod violates of a level's controls.
  static func violations(_ pod: CheckedPod, _ rule: PodSecurityRule) -> [PodSecurityViolation] {
    let active = ordered.compactMap { check in
      check.level <= rule.level ? check.test(rule.version).map { (check, $0) } : nil
    }
    let replaced = Set(active.compactMap { $0.0.replaces })
    return active.compactMap { check, test in replaced.contains(check.id) ? nil : test(pod) }
  }
}

/// The words of violations.
enum PodSecurityWords {
  static func quoted(_ names: some Sequence<String>) -> String {
    names.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  static func plural(_ one: String, _ many: String, _ count: Int) -> String { count == 1 ? one : many }

  /// `container "c"`, `containers "c", "d"`.
  static func containers(_ names: [String]) -> String {
    "\(plural("container", "containers", names.count)) \(quoted(names))"
  }

  /// `pod and container "c"`: all that set something; nil where none does.
  static func setters(pod: Bool, _ names: [String]) -> String? {
    let parts = (pod ? ["pod"] : []) + (names.isEmpty ? [] : [containers(names)])
    return parts.isEmpty ? nil : parts.joined(separator: " and ")
  }
}
