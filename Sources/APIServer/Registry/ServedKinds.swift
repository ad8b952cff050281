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
    return settled(KindConversion.convert(object, to: kind), custom)
  }

  public func decoded(_ object: Value, _ kind: GroupVersionKind) throws(StatusError) -> Value {
    guard let custom = served?.customVersions[kind] else { return try builtIn.decoded(object, kind) }
    return settled(object, custom)
  }

  private func settled(_ object: Value, _ custom: ServedAPI.CustomVersion) -> Value {
    var object = object
    StructuralPruning.prune(&object, as: custom.type)
    StructuralDefaults.apply(to: &object, as: custom.type)
    return object
  }
}
