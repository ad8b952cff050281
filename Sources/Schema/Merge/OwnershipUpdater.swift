import Values

/// Reckons who owns what after a write (sigs.k8s.io/structured-merge-diff, merge.Updater).
struct OwnershipUpdater: Sendable {
  /// The version in which objects come and go.
  let apiVersion: String
  let type: FieldType
  let resetFields: ResetFields
  let versions: FieldManager.Versions

  /// Two managers want different values.
  struct Conflict: Sendable {
    var manager: ManagerIdentity
    var path: [PathElement]
  }

  /// Why an apply does not succeed.
  enum Failure: Error {
    case conflicts([Conflict])
    case merge(TypedError)
  }

  /// After an object was changed without apply: what changed is the manager's, and nobody else's.
  func update(
    live: Value, new: Value, _ managed: ManagedFields, manager: ManagerIdentity
  ) -> ManagedFields {
    let live = TypedValue(live, type: type)
    var managed = reconciled(managed, with: live)
    let (changes, conflicts) = takeAway(from: &managed, live, TypedValue(new, type: type), for: manager)
    for conflict in conflicts { yield(conflict, in: &managed) }
    dropEmpty(&managed)
    let owned = managed.entries[manager]?.fields ?? FieldSet()
    let fields = resetFields.filter(
      owned.difference(changes.removed).union(changes.modified).union(changes.added))
    managed.entries[manager] =
      fields.isEmpty
      ? nil
      : ManagedFields.Entry(fields: fields, apiVersion: apiVersion, time: managed.entries[manager]?.time)
    return managed
  }

  /// Merges an applied configuration into the object.
  /// - Returns: the merged object, nil where it is as before, and who owns what now.
  /// - Throws: ``Failure``.
  func apply(
    live: Value, applied: Value, _ managed: ManagedFields, manager: ManagerIdentity, force: Bool
  ) throws(Failure) -> (Value?, ManagedFields) {
    let live = TypedValue(live, type: type)
    let applied = TypedValue(applied, type: type)
    var managed = reconciled(managed, with: live)
    var new: TypedValue
    do throws(TypedError) {
      new = try live.merging(applied)
    } catch {
      throw Failure.merge(error)
    }
    let last = managed.entries[manager]
    managed.entries[manager] = ManagedFields.Entry(
      fields: resetFields.filter(applied.fieldSet), apiVersion: apiVersion, time: last?.time)
    if let last, !last.fields.isEmpty { new = prune(new, managed, last) }
    let (_, conflicts) = takeAway(from: &managed, live, new, for: manager)
    if !force, !conflicts.isEmpty {
      throw Failure.conflicts(
        conflicts.flatMap { conflict in
          conflict.fields.paths.map { Conflict(manager: conflict.manager, path: $0) }
        })
    }
    for conflict in conflicts { yield(conflict, in: &managed) }
    dropEmpty(&managed)
    return (ValueOrder.isEqual(live.value, new.value) ? Value?.none : new.value, managed)
  }

  // MARK: - What changes hands

  private struct Contested {
    var manager: ManagerIdentity
    var fields: FieldSet
  }

  /// Finds what the write changed, takes removed fields from the other managers and finds the fields of
  /// theirs that now have another value. Managers of a version that is gone are dropped.
  private func takeAway(
    from managed: inout ManagedFields, _ live: TypedValue, _ new: TypedValue, for manager: ManagerIdentity
  ) -> (FieldComparison, [Contested]) {
    let changes = live.compare(to: new).filtered(resetFields.filter)
    var byVersion = [apiVersion: changes]
    var conflicts: [Contested] = []
    for other in managed.managers where other != manager {
      guard let entry = managed.entries[other] else { continue }
      if byVersion[entry.apiVersion] == nil {
        guard let before = converted(live, to: entry.apiVersion),
          let after = converted(new, to: entry.apiVersion)
        else {
          managed.entries[other] = nil
          continue
        }
        byVersion[entry.apiVersion] = before.compare(to: after).filtered(resetFields.filter)
      }
      guard let changes = byVersion[entry.apiVersion] else { continue }
      let contested = entry.fields.intersection(changes.modified.union(changes.added))
      if !contested.isEmpty { conflicts.append(Contested(manager: other, fields: contested)) }
      managed.entries[other]?.fields = entry.fields.difference(changes.removed)
    }
    return (changes, conflicts)
  }

  private func yield(_ conflict: Contested, in managed: inout ManagedFields) {
    guard let entry = managed.entries[conflict.manager] else { return }
    managed.entries[conflict.manager]?.fields = entry.fields.difference(conflict.fields)
  }

  private func dropEmpty(_ managed: inout ManagedFields) {
    managed.entries = managed.entries.filter { !$0.value.fields.isEmpty }
  }

  // MARK: - What is no longer applied

  /// Removes what the manager applied last time, does not apply now, and nobody else owns.
  private func prune(
    _ merged: TypedValue, _ managed: ManagedFields, _ last: ManagedFields.Entry
  ) -> TypedValue {
    guard var merged = converted(merged, to: last.apiVersion) else { return merged }
    let lastFields = last.fields.withNamedFields(of: merged.type)
    var pruned = merged.removing(lastFields)

    var ownedByVersion: [String: FieldSet] = [:]
    for entry in managed.entries.values {
      ownedByVersion[entry.apiVersion, default: FieldSet()] =
        (ownedByVersion[entry.apiVersion] ?? FieldSet()).union(entry.fields)
    }
    // First in the version that is pruned: what another version's conversion needs must be back by then.
    let others = ownedByVersion.keys.filter { $0 != last.apiVersion }.sorted()
    for version in [last.apiVersion] + others {
      guard let owned = ownedByVersion[version] else { continue }
      guard let before = converted(merged, from: last.apiVersion, to: version),
        let after = converted(pruned, from: last.apiVersion, to: version)
      else { continue }
      let type = before.type
      let gone = before.fieldSet.withNamedFields(of: type).difference(
        after.fieldSet.withNamedFields(of: type).union(owned.withNamedFields(of: type)))
      guard let kept = converted(before.removing(gone), from: version, to: last.apiVersion) else { continue }
      pruned = kept
      if version != last.apiVersion {
        merged = converted(before, from: version, to: last.apiVersion) ?? merged
      }
    }

    // What nobody owns, or only updaters do, was not the manager's to remove.
    let fields = merged.fieldSet.withNamedFields(of: merged.type)
    let gone = fields.difference(pruned.fieldSet.withNamedFields(of: merged.type)).intersection(lastFields)
    return converted(merged.removing(gone), from: last.apiVersion, to: apiVersion) ?? merged
  }

  // MARK: - Versions and schemas

  private func converted(_ value: TypedValue, to version: String) -> TypedValue? {
    converted(value, from: apiVersion, to: version)
  }

  private func converted(_ value: TypedValue, from: String, to version: String) -> TypedValue? {
    if from == version { return value }
    guard let object = versions.convert(value.value, version) else { return nil }
    if version == apiVersion { return TypedValue(object, type: type) }
    return versions.type(version).map { TypedValue(object, type: $0) }
  }

  /// Follows lists and objects that since came to be merged as one piece: who owned a part owns the whole.
  private func reconciled(_ managed: ManagedFields, with live: TypedValue) -> ManagedFields {
    var managed = managed
    for (manager, entry) in managed.entries {
      guard
        let type = entry.apiVersion == apiVersion
          ? type
          : versions.type(entry.apiVersion).map({
            FieldType(.object(TypeReference($0)))
          })
      else { continue }
      if let fields = entry.fields.collapsed(to: type) { managed.entries[manager]?.fields = fields }
    }
    return managed
  }
}

extension FieldSet {
  /// The set with every part of a list or object that is merged as one piece replaced by the whole; nil
  /// where there is no such part.
  fileprivate func collapsed(to type: FieldType) -> FieldSet? {
    let map: MergeMap? = if case .map(let map) = MergeShape(type, of: nil) { map } else { nil }
    let item: FieldType? = if case .list(let element, _) = MergeShape(type, of: nil) { element } else { nil }
    var members = members
    var children: [Child] = []
    var isChanged = false
    for child in self.children {
      let below: FieldType? =
        switch child.element {
        case .field(let name): map?.declaredType(of: name)
        case .key, .value, .index: item
        }
      if let below, MergeShape(below, of: nil).isOnePiece {
        members.append(child.element)
        isChanged = true
        continue
      }
      let set = below.flatMap { child.set.collapsed(to: $0) }
      isChanged = isChanged || set != nil
      children.append(Child(element: child.element, set: set ?? child.set))
    }
    return isChanged ? FieldSet(members: members, children: children) : nil
  }
}

extension MergeShape {
  /// Whether values of the shape have no parts that are owned on their own.
  fileprivate var isOnePiece: Bool {
    switch self {
    case .scalar: false
    case .list(_, let type): type == .atomic
    case .map(let map): map.isAtomic
    }
  }
}
