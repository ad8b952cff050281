import Schema
import Values

/// What a node may do to its own Node object.
struct NodeObjectRules {
  let node: String

  private var quoted: String { "node \(FieldError.quoted(node))" }

  /// The labels of Kubernetes' own names that kubelets set.
  private static let kubeletLabels: Set = [
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
  ]

  func check(_ request: AdmissionRequest) throws(StatusError) {
    let asked = request.name.isEmpty ? request.object?["metadata"]?.text("name") ?? "" : request.name
    if asked != node {
      throw request.forbidden("\(quoted) is not allowed to modify node \(FieldError.quoted(asked))")
    }
    guard let new = request.object else { return }
    let old = request.oldObject
    let config = new["spec"]?["configSource"]
    if request.operation == .create {
      if config != nil {
        throw request.forbidden("\(quoted) is not allowed to create pods with a non-nil configSource")
      }
      let forbidden = Self.forbidden(new, nil)
      if !forbidden.isEmpty {
        throw request.forbidden("\(quoted) is not allowed to set the following labels: \(forbidden)")
      }
    } else if request.operation == .update {
      if config != nil, config != old?["spec"]?["configSource"] {
        throw request.forbidden(
          "\(quoted) is not allowed to update configSource to a new non-nil configSource")
      }
      // Taints and labels decide which pods come to a node.
      if (new["spec"]?.list("taints") ?? []) != (old?["spec"]?.list("taints") ?? []) {
        throw request.forbidden("\(quoted) is not allowed to modify taints")
      }
      let forbidden = Self.forbidden(new, old)
      if !forbidden.isEmpty { throw request.forbidden("is not allowed to modify labels: \(forbidden)") }
      if (new["metadata"]?.list("ownerReferences") ?? []) != (old?["metadata"]?.list("ownerReferences") ?? [])
      {
        throw request.forbidden("\(quoted) is not allowed to modify ownerReferences")
      }
    }
  }

  /// The labels that differ and that a node must leave alone, as a text.
  private static func forbidden(_ new: Value, _ old: Value?) -> String {
    let now = new["metadata"]?["labels"]?.object ?? [:]
    let before = old?["metadata"]?["labels"]?.object ?? [:]
    let changed = Set(now.keys + before.keys).filter { now[$0] != before[$0] }
    return changed.filter(isForbidden).sortedAsBytes().joined(separator: ", ")
  }

  private static func isForbidden(_ label: String) -> Bool {
    let parts = label.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let domain = String(parts[0])
    func isWithin(_ parent: String) -> Bool { domain == parent || domain.hasSuffix(".\(parent)") }
    if isWithin("node-restriction.kubernetes.io") { return true }
    guard isWithin("kubernetes.io") || isWithin("k8s.io") else { return false }
    return !kubeletLabels.contains(label) && !isWithin("kubelet.kubernetes.io")
      && !isWithin("node.kubernetes.io")
  }
}
