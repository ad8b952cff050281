import APIServer
import Schema
import Values

/// Which of the names that a CustomResourceDefinition asks for it gets: those that no other definition of
/// its group has (k8s.io/apiextensions-apiserver, naming_controller.go).
enum CustomResourceNames {
  static func resource(_ definition: Value) -> GroupResource {
    GroupResource(
      group: definition["spec"]?["group"]?.string ?? "",
      resource: definition["spec"]?["names"]?["plural"]?.string ?? "")
  }

  /// The definition with the names in its status, and the conditions that say how it fared. One that has all
  /// the names that it asks for is left as it is.
  /// - Parameter others: all other definitions.
  static func outcome(for definition: Value, among others: [Value]) -> Value {
    let asked = definition["spec"]?["names"]
    var accepted = definition["status"]?["acceptedNames"] ?? [:]
    let hasAll = asked == accepted && CustomResourceDefinitions.isTrue(definition, "NamesAccepted")
    if hasAll { return definition }
    let taken = TakenNames(group: definition["spec"]?["group"]?.string ?? "", others: others)
    var conflict: (reason: String, message: String)?
    for (key, reason, names) in [
      ("plural", "PluralConflict", taken.resources), ("singular", "SingularConflict", taken.resources),
      ("shortNames", "ShortNamesConflict", taken.resources), ("kind", "KindConflict", taken.kinds),
      ("listKind", "ListKindConflict", taken.kinds),
    ] {
      let wanted = asked?[key].map { $0.array == nil ? [$0.string ?? ""] : $0.strings } ?? []
      let refused = wanted.filter { names.contains($0) && !has($0, accepted[key]) }
      if refused.isEmpty {
        accepted[key] = asked?[key]
      } else {
        conflict = (reason, inUse(refused))
      }
    }
    accepted["categories"] = asked?["categories"]

    var result = definition
    result.set(accepted, at: ["status", "acceptedNames"])
    CustomResourceDefinitions.setCondition(
      &result, "NamesAccepted", isTrue: conflict == nil, reason: conflict?.reason ?? "NoConflicts",
      message: conflict?.message ?? "no conflicts found")
    setEstablished(&result, isAccepted: conflict == nil)
    setApproval(&result)
    return result
  }

  /// An established definition stays so. Another one is at best about to be.
  private static func setEstablished(_ definition: inout Value, isAccepted: Bool) {
    if CustomResourceDefinitions.isTrue(definition, "Established") { return }
    if isAccepted {
      CustomResourceDefinitions.setCondition(
        &definition, "Established", isTrue: false, reason: "Installing",
        message: "the initial names have been accepted")
    } else if CustomResourceDefinitions.condition(definition, "Established") == nil {
      CustomResourceDefinitions.setCondition(
        &definition, "Established", isTrue: false, reason: "NotAccepted",
        message: "not all names are accepted")
    }
  }

  private static func has(_ name: String, _ accepted: Value?) -> Bool {
    accepted?.string == name || accepted?.strings.contains(name) == true
  }

  /// As Go prints one error, or several.
  private static func inUse(_ names: [String]) -> String {
    let texts = names.map { "\(FieldError.quoted($0)) is already in use" }
    return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
  }

  // MARK: - Groups that belong to Kubernetes

  private static let approvalAnnotation = "api-approved.kubernetes.io"

  /// Says whether a definition in a group of Kubernetes' own has been approved (KEP-1111).
  private static func setApproval(_ definition: inout Value) {
    let group = definition["spec"]?["group"]?.string ?? ""
    guard ["k8s.io", "kubernetes.io"].contains(where: { group == $0 || group.hasSuffix(".\($0)") }) else {
      return
    }
    let given = definition["metadata"]?["annotations"]?[approvalAnnotation]?.string ?? ""
    let isApproved = given.hasPrefix("https://") || given.hasPrefix("http://")
    let must = "protected groups must have approval annotation \(FieldError.quoted(approvalAnnotation))"
    let see = "see https://github.com/kubernetes/enhancements/pull/1111"
    let outcome: (reason: String, message: String)
    if isApproved {
      outcome = ("ApprovedAnnotation", "approved in \(given)")
    } else if given.hasPrefix("unapproved") {
      outcome = ("UnapprovedAnnotation", "not approved: \(FieldError.quoted(given))")
    } else if given.isEmpty {
      outcome = ("MissingAnnotation", "\(must), \(see)")
    } else {
      outcome = (
        "InvalidAnnotation", "\(must) with either a URL or a reason starting with \"unapproved\", \(see)"
      )
    }
    CustomResourceDefinitions.setCondition(
      &definition, "KubernetesAPIApprovalPolicyConformant", isTrue: isApproved, reason: outcome.reason,
      message: outcome.message)
  }
}

/// The names that definitions of a group have.
private struct TakenNames {
  var resources: Set<String> = []
  var kinds: Set<String> = []

  init(group: String, others: [Value]) {
    for other in others where other["spec"]?["group"]?.string == group {
      let names = other["status"]?["acceptedNames"]
      resources.formUnion(names?["shortNames"]?.strings ?? [])
      for key in ["plural", "singular"] { if let name = names?[key]?.string { resources.insert(name) } }
      for key in ["kind", "listKind"] { if let name = names?[key]?.string { kinds.insert(name) } }
    }
    // An empty name is no name.
    resources.remove("")
    kinds.remove("")
  }
}
