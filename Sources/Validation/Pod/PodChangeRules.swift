import Schema
import Values

/// What may change in the spec of a pod.
extension PodRules {
  private static let changeable = [
    "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
  ]

  static func specChange(_ new: Field, _ old: Value, _ errors: inout Findings) {
    for name in ["containers", "initContainers"] {
      guard new[name].count == (old[name]?.array?.count ?? 0) else {
        return errors.forbidden(new[name], "pod updates may not add or remove containers")
      }
      for container in new[name].elements {
        errors.requireText(container["image"])
        imageIsTrimmed(container, &errors)
      }
    }
    guard deadline(new["activeDeadlineSeconds"], old["activeDeadlineSeconds"]?.int, &errors) else { return }
    addedTolerations(new["tolerations"], old["tolerations"]?.array ?? [], &errors)
    deletedGates(new["schedulingGates"], old["schedulingGates"]?.array ?? [], &errors)
    if new.value == old { return }

    var rest = new.value ?? .null
    for name in ["containers", "initContainers"] {
      guard var containers = rest[name]?.array else { continue }
      for i in containers.indices { containers[i]["image"] = old[name]?.array?[i]["image"] }
      rest[name] = .array(containers)
    }
    for name in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] { rest[name] = old[name] }
    if let before = old["terminationGracePeriodSeconds"]?.int, before < 0,
      rest["terminationGracePeriodSeconds"]?.int == 1
    {
      rest["terminationGracePeriodSeconds"] = .int(before)
    }
    if !(old["schedulingGates"]?.array ?? []).isEmpty { gatedChange(new, old, &rest, &errors) }
    if rest == old { return }
    let difference = GoStruct.difference(GoStruct.podSpec(old), GoStruct.podSpec(rest))
    errors.forbidden(
      new,
      "pod updates may not change fields other than \(changeable.joined(separator: ","))\n\(difference)")
  }

  /// - Returns: false where the rest is not looked at.
  private static func deadline(_ new: Field, _ old: Int64?, _ errors: inout Findings) -> Bool {
    guard let seconds = new.int else {
      if old != nil { errors.invalid(new, "must not update from a positive integer to nil value") }
      return true
    }
    if !(0...Int64(Int32.max)).contains(seconds) {
      errors.invalid(new, Texts.range(0, Int64(Int32.max)))
      return false
    }
    if let old, old < seconds {
      errors.invalid(new, "must be less than or equal to previous value")
      return false
    }
    return true
  }

  private static func addedTolerations(_ new: Field, _ old: [Value], _ errors: inout Findings) {
    func withoutSeconds(_ toleration: Value) -> Value {
      var toleration = toleration
      toleration["tolerationSeconds"] = nil
      return toleration
    }
    let present = new.elements.compactMap(\.value).map(withoutSeconds)
    for toleration in old where !present.contains(withoutSeconds(toleration)) {
      return errors.forbidden(new, "existing toleration can not be modified except its tolerationSeconds")
    }
    tolerations(new, &errors)
  }

  private static func deletedGates(_ new: Field, _ old: [Value], _ errors: inout Findings) {
    let before = Set(old.compactMap { $0["name"]?.string })
    for gate in new.elements where !before.contains(gate["name"].text) {
      errors.forbidden(
        gate["name"], "only deletion is allowed, but found new scheduling gate '\(gate["name"].text)'")
    }
  }

  /// A pod that waits at a gate may be narrowed to fewer nodes (KEP-3838).
  private static func gatedChange(
    _ new: Field, _ old: Value, _ rest: inout Value, _ errors: inout Findings
  ) {
    let before = old["nodeSelector"]?.object ?? [:]
    if before.contains(where: { new["nodeSelector"].key($0.key).value != $0.value }) {
      errors.invalid(
        new["nodeSelector"], "only additions to spec.nodeSelector are allowed (no mutations or deletions)")
    }
    rest["nodeSelector"] = old["nodeSelector"]
    nodeAffinityChange(new["affinity"]["nodeAffinity"], old["affinity"]?["nodeAffinity"], &errors)
    var affinity = rest["affinity"] ?? .object([:])
    affinity["nodeAffinity"] = old["affinity"]?["nodeAffinity"]
    rest["affinity"] = old["affinity"] == nil && affinity.isEmptyPart ? nil : affinity
  }

  private static func nodeAffinityChange(_ new: Field, _ old: Value?, _ errors: inout Findings) {
    let name = "requiredDuringSchedulingIgnoredDuringExecution"
    let before = old?[name]?["nodeSelectorTerms"]?.array ?? []
    let terms = new[name]["nodeSelectorTerms"]
    if before.isEmpty { return }
    if before.count != terms.count {
      return errors.invalid(
        terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed")
    }
    for (term, before) in zip(terms.elements, before) where !onlyAdds(term, before) {
      errors.invalid(
        term, showing: GoStruct.value(term.value, as: "NodeSelectorTerm"),
        "only additions are allowed (no mutations or deletions)")
    }
  }

  private static func onlyAdds(_ new: Field, _ old: Value) -> Bool {
    let parts = ["matchExpressions", "matchFields"]
    if parts.allSatisfy({ (old[$0]?.array ?? []).isEmpty }), parts.contains(where: { !new[$0].isEmpty }) {
      return false
    }
    return parts.allSatisfy { name in
      let before = old[name]?.array ?? []
      let after = new[name].value?.array ?? []
      return after.count >= before.count && Array(after.prefix(before.count)) == before
    }
  }

  // MARK: - Ephemeral containers

  static let ephemeralChange: ChangeRule = { new, old, errors in
    rules.metadataUpdate(new, old, &errors)
    rules.metadata(new, isNamespaced: true, &errors)
    rules.content(new, &errors)
    annotationChange(new, old, &errors)
    if old["metadata"]?["annotations"]?[mirrorAnnotation] != nil {
      errors = [.forbidden("", "static pods do not support ephemeral containers")]
      return
    }
    let field = new["spec"]["ephemeralContainers"]
    for before in old["spec"]?["ephemeralContainers"]?.array ?? [] {
      let name = before["name"]?.string ?? ""
      let quoted = FieldError.quoted(name)
      guard let after = field.elements.first(where: { $0["name"].text == name }) else {
        errors.forbidden(field, "existing ephemeral containers \(quoted) may not be removed\n")
        continue
      }
      if after.value == before { continue }
      let difference = GoStruct.difference(
        GoStruct.value(before, as: "EphemeralContainer"),
        GoStruct.value(after.value, as: "EphemeralContainer"))
      errors.forbidden(field, "existing ephemeral containers \(quoted) may not be changed\n\(difference)")
    }
  }
}
