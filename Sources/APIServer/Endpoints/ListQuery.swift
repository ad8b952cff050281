import Schema
import Store
import Values

/// One list request against the store.
struct ListQuery {
  let scope: ResourceScope
  let options: ListOptions
  let context: RequestContext

  struct Page {
    var objects: [StoredObject]
    var revision: UInt64
    var continueToken: String?
    var remaining: Int?

    init(_ found: ListPage) {
      objects = found.objects
      revision = found.revision
      continueToken = found.next?.text
      remaining = found.remaining
    }

    /// metav1.ListMeta.
    var metadata: Value {
      var metadata: Object = ["resourceVersion": .string(String(revision))]
      if let continueToken {
        metadata["continue"] = .string(continueToken)
        if let remaining, remaining > 0 { metadata["remainingItemCount"] = .int(Int64(remaining)) }
      }
      return .object(metadata)
    }
  }

  /// The namespace to list; nil for all.
  var namespace: String? {
    scope.resource.isNamespaced && !context.info.namespace.isEmpty ? context.info.namespace : nil
  }

  /// Checks the field selector.
  /// - Throws: 400 for a field that the kind can't be selected by, and for another name than the path's.
  func checkFields() throws(StatusError) {
    try SelectableFields.check(
      options.fieldSelector, of: scope.resource,
      custom: context.served.customVersions[scope.kind]?.selectableFields ?? [])
    let name = context.info.name
    if !name.isEmpty, !options.fieldSelector.isEmpty,
      options.fieldSelector.value(of: "metadata.name") != name
    {
      throw .badRequest("fieldSelector metadata.name doesn't match requested name")
    }
  }

  /// Checks the field selector and gives the test that objects must pass.
  func predicate() throws(StatusError) -> @Sendable (StoredObject) -> Bool {
    try checkFields()
    let labels = options.labelSelector
    var fields = options.fieldSelector
    if !context.info.name.isEmpty, fields.isEmpty {
      // The old watch path names one object.
      fields = (try? FieldSelector("metadata.name=\(context.info.name)")) ?? fields
    }
    if labels.isEmpty, fields.isEmpty { return { _ in true } }
    return { [fields] object in
      let value = object.value
      return labels.matches(labels: value["metadata"]?["labels"]?.object)
        && fields.matches { SelectableFields.value($0, of: value) }
    }
  }

  func page(_ store: ObjectStore) throws(StatusError) -> Page {
    // Without a test the store can also tell how many objects remain.
    let selects =
      !options.labelSelector.isEmpty || !options.fieldSelector.isEmpty || !context.info.name.isEmpty
    var matches: (@Sendable (StoredObject) -> Bool)?
    if selects { matches = try predicate() }
    let start = try self.start(store)
    do throws(StoreError) {
      let found = try store.page(
        scope.storage, namespace: namespace, limit: limit,
        from: start, matches: matches)
      return Page(found)
    } catch {
      guard case .expired = error else { throw error.status(scope.groupResource, "") }
      guard case .token(let token) = start else { throw .expired(StoreMessage.listExpired) }
      var expired = StatusError.expired(StoreMessage.continueExpired)
      expired.continueToken = token.inconsistent.text
      throw expired
    }
  }

  /// How many objects at most; 0 for no limit, and where any version will do: these answers come from a cache
  /// that knows no pages, but of events, which have no cache.
  private var limit: Int {
    if options.resourceVersion == "0", scope.storage.resource != "events" || scope.resource.isCustom {
      return 0
    }
    return options.limit > 0 ? Int(clamping: options.limit) : 0
  }

  private func start(_ store: ObjectStore) throws(StatusError) -> PageStart {
    if !options.continueToken.isEmpty {
      guard options.resourceVersion.isEmpty || options.resourceVersion == "0" else {
        throw .badRequest(StoreMessage.versionWithContinue)
      }
      do throws(StoreError) {
        return .token(try ContinueToken(text: options.continueToken))
      } catch {
        throw error.status(scope.groupResource, "")
      }
    }
    let wanted: UInt64?
    do throws(StatusError) {
      wanted = try ResourceVersions.parse(options.resourceVersion)
    } catch {
      throw .badRequest(StoreMessage.invalidResourceVersion + error.message)
    }
    guard let wanted else { return .latest }
    // A limit without a match means that very version (Kubernetes API concepts, "Resource versions").
    if options.match == .exact || options.match == nil && options.limit > 0 { return .revision(wanted) }
    try ResourceVersions.checkReached(wanted, store, scope)
    return .latest
  }
}

/// Reads resourceVersions of requests and says what is wrong with them.
enum ResourceVersions {
  /// - Throws: 504 for a version that the store has not reached.
  static func checkReached(
    _ version: UInt64?, _ store: ObjectStore, _ scope: ResourceScope
  ) throws(StatusError) {
    let current = store.revision
    guard let version, version > current else { return }
    throw StoreError.futureRevision(requested: version, current: current).status(scope.groupResource, "")
  }

  /// Nil for an empty text and for `0`, which stand for any version.
  static func parse(_ text: String) throws(StatusError) -> UInt64? {
    if text.isEmpty || text == "0" { return nil }
    if let version = UInt64(text) { return version }
    throw .unexpected(
      "resourceVersion: Invalid value: \(FieldError.quoted(text)): strconv.ParseUint: parsing "
        + "\(FieldError.quoted(text)): invalid syntax")
  }
}
