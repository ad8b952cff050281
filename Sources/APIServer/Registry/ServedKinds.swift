import Admission
import Schema
import Synchronization
import Values

/// The kinds that are served now, as admission webhooks need to know them. It is made before the server, which
/// it then follows.
public final class ServedKinds: AdmissionKinds {
  private struct Followed {
    weak var server: APIServer?
  }

  private let followed = Mutex(Followed())
  private let builtIn = BuiltInKinds()

  public init() {}

  /// From now on what that server serves is what there is.
  public func follow(_ server: APIServer) { followed.withLock { $0.server = server } }

  /// Makes a namespace, as the plugin NamespaceAutoProvision wants it.
  /// - Throws: as any client's create does; 503 before there is a server.
  public func createNamespace(_ name: String) async throws(StatusError) {
    guard let server = followed.withLock({ $0.server }) else { throw .unavailable("the server is not ready") }
    try await LoopbackClient(server: server, manager: "kube-apiserver").create(
      GroupResource(group: "", resource: "namespaces"),
      ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
  }

  private var served: ServedAPI? { followed.withLock { $0.server }?.served }

  public func equivalents(of resource: GroupVersionResource) -> [APIResource] {
    guard let served, let known = served.catalog.resource(resource), let scope = served.scope(known) else {
      return builtIn.equivalents(of: resource)
    }
    var found: [APIResource] = []
    for version in served.catalog.groups.lazy.flatMap(\.versions) {
      for other in version.resources where other.name == resource.resource {
        if served.scope(other)?.storage == scope.storage { found.append(other) }
      }
    }
    return found
  }

  public func resource(of kind: GroupVersionKind) -> APIResource? {
    served.map { $0.catalog.resource(of: kind) } ?? builtIn.resource(of: kind)
  }

  public func objectType(of kind: GroupVersionKind) -> ObjectType? {
    served?.customVersions[kind]?.type ?? builtIn.objectType(of: kind)
  }

  public func convert(
    _ object: Value?, to kind: GroupVersionKind, subresource: String
  ) async throws(StatusError) -> Value? {
    guard let object, let custom = served?.customVersions[kind], object["kind"]?.string == kind.kind,
      object["apiVersion"]?.string != kind.apiVersion
    else { return try await builtIn.convert(object, to: kind, subresource: subresource) }
    guard let converter = custom.converter else {
      return settled(KindConversion.convert(object, to: kind), custom)
    }
    do throws(StatusError) {
      return try await converter.convert([object], to: kind.groupVersion).first.map { settled($0, custom) }
    } catch {
      throw .internalError(error.message)
    }
  }

  public func parsed(_ object: Value, _ kind: GroupVersionKind) throws(StatusError) -> Value {
    // A custom object is any document: what it may hold is seen to when it is stored.
    served?.customVersions[kind] == nil ? try builtIn.parsed(object, kind) : object
  }

  public func defaulted(_ object: Value, _ kind: GroupVersionKind) -> Value {
    guard let custom = served?.customVersions[kind] else { return builtIn.defaulted(object, kind) }
    return settled(object, custom)
  }

  private func settled(_ object: Value, _ custom: ServedAPI.CustomVersion) -> Value {
    var object = object
    StructuralPruning.prune(&object, as: custom.type)
    StructuralDefaults.apply(to: &object, as: custom.type)
    return object
  }
}
