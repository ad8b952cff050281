import APIServer
import KubernetesCEL
import Schema
import Store
import Values

/// Tells in the status of ValidatingAdmissionPolicies which expressions don't fit the kinds that they match
/// (Kubernetes documentation, "Validating Admission Policy", Type checking).
public struct ValidatingAdmissionPolicyStatusController: Reconciler {
  static let title = "validatingadmissionpolicy-status-controller"

  public let name = Self.title
  private let client: LoopbackClient

  private static let policies = GroupResource(
    group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies")

  /// The most kinds that a policy is checked with.
  private static let kindLimit = 10

  public init(client: LoopbackClient) { self.client = client }

  public func keys(for change: StoreChange) -> [String] {
    guard change.resource == Self.policies, change.kind != .deleted, Self.isStale(change.object.value) else {
      return []
    }
    return [change.object.key.name]
  }

  public func initialKeys() -> [String] {
    client.store.list(Self.policies).filter { Self.isStale($0.value) }.map(\.key.name)
  }

  /// Whether the policy has changed since it was checked.
  private static func isStale(_ policy: Value) -> Bool {
    (policy["metadata"]?["generation"]?.int ?? 0) > (policy["status"]?["observedGeneration"]?.int ?? 0)
  }

  public func reconcile(_ name: String) async throws {
    guard let policy = client.get(Self.policies, name: name), Self.isStale(policy) else { return }
    let generation = policy["metadata"]?["generation"] ?? 0
    let warnings = warnings(policy["spec"], tag: "\(generation.int ?? 0)")
    let typeChecking: Value =
      warnings.isEmpty ? [:] : ["expressionWarnings": .array(warnings.map(\.value))]
    try await tolerating(404) { () throws(StatusError) in
      try await client.apply(
        Self.policies, name: name, subresource: "status",
        [
          "kind": "ValidatingAdmissionPolicy", "apiVersion": "admissionregistration.k8s.io/v1",
          "metadata": ["name": .string(name)],
          "status": ["observedGeneration": generation, "typeChecking": typeChecking],
        ])
    }
  }

  private func warnings(_ spec: Value?, tag: String) -> [PolicyTypeChecker.Warning] {
    let documents = client.openAPI
    func kind(_ kind: GroupVersionKind) -> PolicyTypeChecker.Kind? {
      documents.schema(of: kind).map { PolicyTypeChecker.Kind(kind, schema: $0) }
    }
    let matched = Self.kinds(spec?["matchConstraints"]?["resourceRules"]?.array ?? [], client.catalog)
    let checker = PolicyTypeChecker(
      spec: spec, kinds: matched.compactMap(kind), parameters: Self.parameterKind(spec).flatMap(kind),
      tag: tag, resolve: { documents.component($0) })
    return checker.warnings(spec)
  }

  private static func parameterKind(_ spec: Value?) -> GroupVersionKind? {
    guard let kind = spec?["paramKind"],
      let version = GroupVersion(apiVersion: kind["apiVersion"]?.string ?? "")
    else { return nil }
    return version.kind(kind["kind"]?.string ?? "")
  }

  /// The kinds that rules name, in order. Wildcards are passed over, and past so many kinds none is looked for.
  static func kinds(_ rules: [Value], _ catalog: APICatalog) -> [GroupVersionKind] {
    var found: Set<GroupVersionKind> = []
    search: for rule in rules {
      guard let groups = names(rule["apiGroups"]), let versions = names(rule["apiVersions"]) else { continue }
      let resources = (rule["resources"]?.strings ?? []).filter { !$0.contains("*") && !$0.contains("/") }
      var count = 0
      for group in groups.sorted() {
        for version in versions.sorted() {
          for resource in resources.sorted() {
            for kind in kinds(group: group, version: version, resource, catalog) {
              found.insert(kind)
              count += 1
              if count == kindLimit { break search }
            }
          }
        }
      }
    }
    return found.sorted { ($0.group, $0.version, $0.kind) < ($1.group, $1.version, $1.kind) }
  }

  /// The texts of a list; nil where one of them is a wildcard.
  private static func names(_ list: Value?) -> [String]? {
    let names = list?.strings ?? []
    return names.contains { $0.contains("*") } ? nil : names
  }

  /// The kinds of a resource. The core group's name is no name to the real server's mapper: there the resources
  /// of all groups with that version count.
  private static func kinds(
    group: String, version: String, _ resource: String, _ catalog: APICatalog
  ) -> [GroupVersionKind] {
    let name = resource.lowercased()
    return catalog.groups.filter { group.isEmpty || $0.name == group }.flatMap { group in
      group.versions.filter { $0.name == version }.flatMap { version in
        version.resources.filter { $0.name == name || $0.singularName == name }.map(\.groupVersionKind)
      }
    }
  }
}
