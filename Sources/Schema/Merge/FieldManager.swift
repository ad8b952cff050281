import Values

/// Keeps `metadata.managedFields`: who owns which fields of an object, and merges what is applied
/// (Kubernetes documentation, "Server-Side Apply"; k8s.io/apimachinery/pkg/util/managedfields).
///
/// One for each kind, version and subresource. Objects go in and come out in that version, decoded and with
/// their defaults.
public struct FieldManager: Sendable {
  /// How fields that are owned in other versions of the kind are followed.
  public struct Versions: Sendable {
    /// The object in the version of that apiVersion; nil where there is no such version any more.
    public var convert: @Sendable (Value, String) -> Value?
    /// The kind's type in the version of that apiVersion.
    public var type: @Sendable (String) -> ObjectType?

    public init(
      convert: @escaping @Sendable (Value, String) -> Value?,
      type: @escaping @Sendable (String) -> ObjectType?
    ) {
      self.convert = convert
      self.type = type
    }

    /// For kinds of one version: entries of any other are dropped.
    public static let one = Versions(convert: { _, _ in nil }, type: { _ in nil })
  }

  public let kind: GroupVersionKind
  /// Empty for the object itself.
  public let subresource: String
  let type: FieldType
  private let isCustom: Bool
  let empty: Value
  let updater: OwnershipUpdater

  /// - Parameters:
  ///   - type: the kind's type in that version. For a custom kind the type of `metadata` is added.
  ///   - isCustom: the kind was brought by a CustomResourceDefinition.
  public init(
    kind: GroupVersionKind, type: ObjectType, subresource: String = "", resetFields: ResetFields = .none,
    isCustom: Bool = false, versions: Versions = .one
  ) {
    self.kind = kind
    self.subresource = subresource
    self.isCustom = isCustom
    let type = isCustom ? type.withObjectMeta : type
    self.type = FieldType(.object(TypeReference(type)))
    empty =
      isCustom
      ? ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)] : type.emptyObject(of: kind)
    updater = OwnershipUpdater(
      apiVersion: kind.apiVersion, type: self.type, resetFields: resetFields,
      versions: isCustom
        ? Versions(convert: versions.convert, type: { versions.type($0)?.withObjectMeta }) : versions)
  }

  /// The object with managed fields after a create, an update or a patch that is not an apply.
  ///
  /// What differs from the live object becomes the manager's. Entries that the request sent along count in
  /// place of the live object's if they can be read; an empty list, or one empty entry, ends the keeping.
  /// - Parameters:
  ///   - live: the object before; nil for a create.
  ///   - manager: from the request's fieldManager, or its user agent.
  public func update(live: Value?, new: Value, manager: String, now: Timestamp) -> Value {
    let sent = new["metadata"]?["managedFields"]
    var managed = ManagedFields()
    if !subresource.isEmpty || !Self.isReset(sent) {
      let own = subresource.isEmpty ? (try? ManagedFields(sent)) ?? managed : managed
      managed = own.isEmpty ? (try? ManagedFields(live?["metadata"]?["managedFields"])) ?? own : own
    }
    let new = Self.setting(nil, of: new)
    // An object that was never followed, or is no longer to be, is not taken up again by an update.
    if managed.isEmpty, live?["metadata"]?["uid"]?.string?.isEmpty == false { return new }
    let live = live.map { Self.setting(nil, of: $0) } ?? (isCustom ? empty : empty.withNulls(of: new))
    managed = followed(live: live, new: new, managed, manager: manager, now: now)
    return Self.setting(managed.value, of: new)
  }

  private func followed(
    live: Value, new: Value, _ managed: ManagedFields, manager: String, now: Timestamp
  ) -> ManagedFields {
    var managed = updater.update(live: live, new: new, managed, manager: .current)
    if var entry = managed.entries.removeValue(forKey: .current) {
      entry.fields = entry.fields.difference(Self.neverOwned)
      if !entry.fields.isEmpty {
        let identity = self.identity(manager, .update)
        entry.fields = entry.fields.union(managed.entries[identity]?.fields ?? FieldSet())
        entry.time = now.rfc3339
        managed.entries[identity] = entry
      }
    }
    managed.capUpdates()
    return managed
  }

  /// Server-side apply: the object with the applied configuration merged in, and its managed fields.
  ///
  /// Defaults, and fields that were removed (they may be null), are the caller's to see to.
  /// - Parameters:
  ///   - live: the object before; nil for an apply that creates.
  ///   - applied: what the request sent, not decoded by the kind's type.
  ///   - force: take fields over that others own with another value.
  /// - Throws: 400 for an object of another kind, 409 with the conflicts, 500 where the configuration does
  ///   not fit the kind's type.
  public func apply(
    live: Value?, applied: Value, manager: String, force: Bool, now: Timestamp
  ) throws(StatusError) -> Value {
    try check(applied)
    let live = live ?? empty
    var managed: ManagedFields
    do {
      managed = try ManagedFields(live["metadata"]?["managedFields"])
    } catch {
      throw StatusError.unexpected("failed to decode managed fields: \(error)")
    }
    let before = Self.setting(nil, of: live)
    if managed.isEmpty {
      managed = followed(live: empty, new: before, managed, manager: "before-first-apply", now: now)
    }
    let identity = identity(manager, .apply)
    var (merged, owned) = try merge(before, applied, managed, identity, force)
    if let entry = owned.entries[identity] {
      let fields = entry.fields.difference(Self.neverOwned)
      owned.entries[identity] = fields.isEmpty ? nil : entry
      owned.entries[identity]?.fields = fields
      if merged != nil { owned.entries[identity]?.time = now.rfc3339 }
    }
    var result = merged ?? before
    if manager == LastApplied.manager { LastApplied.renew(in: &result, from: applied) }
    return Self.setting(owned.value, of: result)
  }

  private func merge(
    _ live: Value, _ applied: Value, _ managed: ManagedFields, _ identity: ManagerIdentity, _ force: Bool
  ) throws(StatusError) -> (Value?, ManagedFields) {
    do throws(OwnershipUpdater.Failure) {
      return try updater.apply(live: live, applied: applied, managed, manager: identity, force: force)
    } catch {
      guard case .conflicts(var conflicts) = error else { throw Self.status(error) }
      // What kubectl applied from the client's side is kubectl's own when it applies from the server's.
      if identity.manager == LastApplied.manager,
        let own = LastApplied.ownFields(of: live, type: type, apiVersion: kind.apiVersion)
      {
        conflicts.removeAll { own.has($0.path) }
        if conflicts.isEmpty {
          do throws(OwnershipUpdater.Failure) {
            return try updater.apply(live: live, applied: applied, managed, manager: identity, force: true)
          } catch {
            throw Self.status(error)
          }
        }
      }
      throw Self.conflict(conflicts)
    }
  }

  private func check(_ applied: Value) throws(StatusError) {
    let version = GroupVersion(apiVersion: applied["apiVersion"]?.string ?? "")
    let appliedKind = (version ?? GroupVersion(group: "", version: "")).kind(applied["kind"]?.string ?? "")
    if appliedKind != kind { throw .badRequest("invalid object type: \(appliedKind)") }
    if applied["metadata"]?["managedFields"]?.array != nil {
      throw .badRequest("metadata.managedFields must be nil")
    }
    do {
      try TypedValue(applied, type: type).validate()
    } catch {
      let metadata = applied["metadata"]
      let name = "\(metadata?["namespace"]?.string ?? "")/\(metadata?["name"]?.string ?? "")"
      throw .unexpected("failed to create typed patch object (\(name); \(kind)): \(error)")
    }
  }

  private func identity(_ manager: String, _ operation: ManagerIdentity.Operation) -> ManagerIdentity {
    ManagerIdentity(
      manager: manager.isEmpty ? "unknown" : manager, operation: operation,
      apiVersion: operation == .apply ? "" : kind.apiVersion, subresource: subresource)
  }

  private static func setting(_ managedFields: Value?, of object: Value) -> Value {
    if managedFields == nil, object["metadata"]?["managedFields"] == nil { return object }
    var object = object
    object.set(managedFields, at: ["metadata", "managedFields"])
    return object
  }

  /// An empty list, or a list of one empty entry.
  private static func isReset(_ sent: Value?) -> Bool {
    guard let list = sent?.array else { return false }
    return list.isEmpty || list.count == 1 && list[0].object?.isEmpty == true
  }

  /// Fields that say which object it is, or that the server keeps.
  private static let neverOwned = FieldSet(
    paths: [[.field("apiVersion")], [.field("kind")], [.field("metadata")]]
      + [
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
        "managedFields", "resourceVersion",
      ].map { [.field("metadata"), .field($0)] })
}

extension ObjectType {
  /// The type of a custom kind's objects, with what every object has.
  fileprivate var withObjectMeta: ObjectType {
    var fields = fields
    fields["apiVersion"] = FieldType(.string)
    fields["kind"] = FieldType(.string)
    fields["metadata"] = FieldType(
      .object(
        TypeReference(name: TypeTable.objectMeta) { TypeTable.builtIn.type(named: TypeTable.objectMeta) }))
    return ObjectType(
      name: name, fields: fields, required: required, isAtomic: isAtomic,
      preservesUnknownFields: preservesUnknownFields || self.fields.isEmpty, kinds: kinds)
  }
}
