import Schema
import Values

/// What webhooks and policies need to know about kinds: in which versions one is served, and how it looks in another.
public protocol AdmissionKinds: Sendable {
  /// The resources that show the same objects, in every version and group in which they are served.
  func equivalents(of resource: GroupVersionResource) -> [APIResource]

  /// The object in the version of a kind; nil stays nil.
  /// - Throws: 500 where it can't be converted.
  func convert(
    _ object: Value?, to kind: GroupVersionKind, subresource: String
  ) async throws(StatusError) -> Value?

  /// An object that a webhook has changed, decoded like one that a client sends, without defaults.
  /// - Throws: 500 where it is none of that kind any more.
  func parsed(_ object: Value, _ kind: GroupVersionKind) throws(StatusError) -> Value

  /// A decoded object with its kind's defaults.
  func defaulted(_ object: Value, _ kind: GroupVersionKind) -> Value

  /// The resource of a kind; nil where the kind isn't served.
  func resource(of kind: GroupVersionKind) -> APIResource?

  /// How objects of a kind are merged; nil where that is not known.
  func objectType(of kind: GroupVersionKind) -> ObjectType?
}

extension AdmissionKinds {
  /// A changed object, decoded and defaulted like one that a client sends.
  /// - Throws: as ``parsed(_:_:)``.
  func decoded(_ object: Value, _ kind: GroupVersionKind) throws(StatusError) -> Value {
    defaulted(try parsed(object, kind), kind)
  }
}

/// The kinds that are built in.
public struct BuiltInKinds: AdmissionKinds {
  public init() {}

  public func resource(of kind: GroupVersionKind) -> APIResource? { APICatalog.builtIn.resource(of: kind) }

  public func objectType(of kind: GroupVersionKind) -> ObjectType? { TypeTable.builtIn.type(of: kind) }

  public func equivalents(of resource: GroupVersionResource) -> [APIResource] {
    (APICatalog.builtIn.group(resource.group)?.versions ?? []).flatMap { version in
      version.resources.filter { $0.name == resource.resource }
    }
  }

  public func convert(
    _ object: Value?, to kind: GroupVersionKind, subresource: String
  ) async throws(StatusError) -> Value? {
    guard let object, object.object != nil else { return object }
    if object["apiVersion"]?.string == kind.apiVersion, object["kind"]?.string == kind.kind { return object }
    // What is written to a subresource in a kind of its own is the same in every version.
    guard object["kind"]?.string == kind.kind else { return object }
    return KindConversion.convert(object, to: kind)
  }

  public func parsed(_ object: Value, _ kind: GroupVersionKind) throws(StatusError) -> Value {
    guard let type = TypeTable.builtIn.type(of: kind) else { return object }
    do throws(DecodeError) {
      return try TypedDecoder.decode(object, as: type).value
    } catch {
      throw .internalError(error.message)
    }
  }

  public func defaulted(_ object: Value, _ kind: GroupVersionKind) -> Value {
    guard TypeTable.builtIn.type(of: kind) != nil else { return object }
    var object = object
    Defaults.apply(to: &object, kind: kind)
    return object
  }
}
