import Authentication
import Authorization
import Schema
import Store
import Values

/// Reads and writes objects from inside the server: what its controllers use. Admission, validation and
/// field ownership hold as for any client; authentication and authorization are not asked.
///
/// Objects are in the version that their group prefers.
public struct LoopbackClient: Sendable {
  private let server: APIServer
  private let caller: Caller
  /// The name in managedFields.
  public let manager: String

  public init(server: APIServer, manager: String) {
    self.server = server
    self.manager = manager
    caller = Caller(
      user: UserInfo(name: SystemName.apiServer, groups: [SystemName.mastersGroup]), manager: manager)
  }

  public var store: ObjectStore { server.store }

  /// The resources that are served and kept, each once.
  public var storedResources: [APIResource] {
    server.served.catalog.groups.flatMap { $0.versions.first?.resources ?? [] }.filter(\.isStored)
  }

  public func resource(_ name: GroupResource) -> APIResource? { server.served.catalog.preferred(name) }

  public func resource(of kind: GroupVersionKind) -> APIResource? { server.served.catalog.resource(of: kind) }

  /// What is served now.
  public var catalog: APICatalog { server.served.catalog }

  /// The documents that tell the schemas of what is served now.
  public var openAPI: OpenAPIDocuments { server.served.openAPI }

  private func scope(_ resource: GroupResource, _ subresource: String) throws(StatusError) -> ResourceScope {
    guard let scope = server.served.scope(of: resource, subresource: subresource) else { throw .pathNotFound }
    return scope
  }

  public func get(_ resource: GroupResource, namespace: String = "", name: String) -> Value? {
    guard let scope = server.served.scope(of: resource) else { return nil }
    return server.store.get(scope.storage, ObjectKey(namespace: namespace, name: name)).map {
      scope.fromStorage($0.value)
    }
  }

  /// Makes an object; what it leaves out is defaulted.
  @discardableResult
  public func create(_ resource: GroupResource, namespace: String = "", _ object: Value)
    async throws(StatusError) -> Value
  {
    let scope = try scope(resource, "")
    return try await server.registry.create(
      try defaulted(object, scope), scope, namespace: namespace, options: WriteOptions(.create),
      caller: caller)
  }

  /// Changes an object as long as the change wants to: nil leaves it as it is.
  /// - Throws: 404 where it is not there, 409 where others keep writing it.
  @discardableResult
  public func update(
    _ resource: GroupResource, namespace: String = "", name: String, subresource: String = "",
    _ change: @Sendable (Value) -> Value?
  ) async throws(StatusError) -> Value {
    let scope = try scope(resource, subresource)
    do throws(StatusError) {
      return try await server.registry.update(
        scope, namespace: namespace, name: name, options: WriteOptions(.update), caller: caller
      ) { old throws(StatusError) in
        guard let old else { throw .notFound(resource, name) }
        guard let new = change(old) else { throw Self.unchanged }
        return .init(object: new)
      }.object
    } catch  where error == Self.unchanged {
      // Admission need not see what nobody wants to write.
      guard let object = get(resource, namespace: namespace, name: name) else {
        throw .notFound(resource, name)
      }
      return object
    }
  }

  private static let unchanged = StatusError(code: 304, reason: "NotModified", message: "")

  /// Server-side apply, forced.
  @discardableResult
  public func apply(
    _ resource: GroupResource, namespace: String = "", name: String, subresource: String = "",
    _ applied: Value
  ) async throws(StatusError) -> Value {
    let scope = try scope(resource, subresource)
    return try await server.registry.update(
      scope, namespace: namespace, name: name, options: WriteOptions(.patch), caller: caller,
      createsAlways: true
    ) { old throws(StatusError) in
      let merged = try Ownership.apply(
        live: old, applied: applied, scope: scope, manager: manager, force: true)
      return .init(object: try defaulted(merged, scope), isApplied: true)
    }.object
  }

  /// Deletes an object.
  /// - Parameters:
  ///   - uid: the uid that it must have, if any.
  ///   - resourceVersion: the version that it must have, if any.
  ///   - propagation: `Background`, `Foreground` or `Orphan`; nil for what the object's finalizers say.
  ///   - gracePeriodSeconds: how long a pod may take to end; nil for what it asks for itself.
  /// - Throws: 404 where it is not there, 409 where it is another one or another version.
  public func delete(
    _ resource: GroupResource, namespace: String = "", name: String, uid: String? = nil,
    resourceVersion: String? = nil, propagation: String? = nil, gracePeriodSeconds: Int64? = nil
  ) async throws(StatusError) {
    let scope = try scope(resource, "")
    var options = DeleteOptions()
    options.preconditionUID = uid
    options.preconditionResourceVersion = resourceVersion
    options.gracePeriodSeconds = gracePeriodSeconds
    options.propagation = propagation.flatMap(DeleteOptions.Propagation.init(rawValue:))
    _ = try await server.registry.delete(
      scope, namespace: namespace, name: name, options: options, optionsValue: [:], caller: caller)
  }

  /// Whether the server's authorizers let somebody do something.
  public func allows(_ attributes: AuthorizationAttributes) async -> Bool {
    await server.authorizer.authorize(attributes).isAllowed
  }

  private func defaulted(_ object: Value, _ scope: ResourceScope) throws(StatusError) -> Value {
    do {
      if scope.resource.isCustom {
        var decoded = try StructuralPruning.decode(object, as: scope.type).value
        StructuralDefaults.apply(to: &decoded, as: scope.type)
        return decoded
      }
      var decoded = try TypedDecoder.decode(object, as: scope.type).value
      Defaults.apply(to: &decoded, kind: scope.kind)
      return decoded
    } catch {
      throw .internalError(error.message)
    }
  }
}

extension WriteOptions {
  init(_ kind: Kind) { self.kind = kind }
}

extension DeleteOptions {
  init() {}
}
