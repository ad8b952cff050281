import Synchronization
import Values

/// The OpenAPI documents of a catalog (Kubernetes API concepts, "OpenAPI"): one of version 3 for each group
/// version, and one of version 2 for everything.
///
/// They are large, so that each is made when first asked for and kept then.
public final class OpenAPIDocuments: Sendable {
  /// The bytes of a document and their SHA-512 in upper-case hexadecimal, which is its ETag and the `hash` in
  /// its address.
  public struct Document: Sendable {
    public let bytes: [UInt8]
    public let hash: String
  }

  /// The media type that asks for ``swaggerProtobuf()``, and the one that the answer names.
  public static let swaggerProtobufMediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
  public static let swaggerProtobufContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

  public let catalog: APICatalog
  private let customSchemas: [CustomSchema]
  let schemas: OpenAPISchemas
  private let version: String
  private let digest: @Sendable ([UInt8]) -> [UInt8]
  private let made = Mutex(Made())

  /// What was made so far: by the path below `/openapi/v3`, and for the two forms of version 2.
  private struct Made {
    var documents: [String: Document] = [:]
    var hashes: [String: String] = [:]
    var swagger: Document?
    var swaggerProtobuf: Document?
  }

  /// - Parameters:
  ///   - custom: the schemas of the catalog's custom resources, one a served version.
  ///   - version: what the documents say they are the version of, such as `v1.36.0`.
  ///   - digest: SHA-512.
  ///   - earlier: the documents of an earlier catalog: those that are the same still are taken from there.
  public init(
    catalog: APICatalog, custom: [CustomSchema] = [], version: String,
    digest: @escaping @Sendable ([UInt8]) -> [UInt8], reusing earlier: OpenAPIDocuments? = nil
  ) {
    self.catalog = catalog
    self.version = version
    self.digest = digest
    customSchemas = custom
    schemas = OpenAPISchemas(
      custom: Dictionary(custom.flatMap(\.components).map { ($0.name, $0.schema) }) { first, _ in first })
    if let earlier, earlier.version == version { take(from: earlier) }
  }

  private func take(from earlier: OpenAPIDocuments) {
    let taken = earlier.made.withLock { ($0.documents, $0.hashes) }
    let same = paths.filter { path in
      guard let groupVersion = groupVersion(of: path) else { return true }
      return catalog.version(groupVersion)?.resources == earlier.catalog.version(groupVersion)?.resources
        && customSchemas.filter { $0.kind.groupVersion == groupVersion }
          == earlier.customSchemas.filter { $0.kind.groupVersion == groupVersion }
    }
    made.withLock { made in
      for path in same {
        made.documents[path] = taken.0[path]
        made.hashes[path] = taken.1[path]
      }
    }
  }

  // MARK: - Version 3

  /// `/openapi/v3`: the address of each document, with its hash.
  public func index() -> Value {
    let entries: [(String, Value)] = paths.map { path in
      (path, ["serverRelativeURL": "/openapi/v3/\(path)?hash=\(hash(of: path) ?? "")"])
    }
    return ["paths": .object(Object(entries))]
  }

  /// `/openapi/v3/PATH`, such as `api/v1` or `apis/apps/v1`; nil where there is none.
  public func document(_ path: String) -> Document? {
    if let found = made.withLock({ $0.documents[path] }) { return found }
    guard let bytes = bytes(of: path) else { return nil }
    let document = self.document(of: bytes)
    made.withLock {
      $0.documents[path] = document
      $0.hashes[path] = document.hash
    }
    return document
  }

  /// The hash of a document, which is not kept for it.
  private func hash(of path: String) -> String? {
    if let found = made.withLock({ $0.hashes[path] }) { return found }
    guard let bytes = bytes(of: path) else { return nil }
    let hash = document(of: bytes).hash
    made.withLock { $0.hashes[path] = hash }
    return hash
  }

  private func document(of bytes: [UInt8]) -> Document {
    Document(bytes: bytes, hash: UpperHex.text(digest(bytes)))
  }

  /// The paths of all documents, in order.
  private var paths: [String] {
    var paths = DiscoveryPaths.others.map(\.document)
    for group in catalog.groups {
      if !group.name.isEmpty { paths.append("apis/\(group.name)") }
      paths += group.versions.map {
        OpenAPINames.root(GroupVersion(group: group.name, version: $0.name))
      }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The group version that a document is of; nil for the others.
  private func groupVersion(of path: String) -> GroupVersion? {
    for group in catalog.groups {
      for version in group.versions {
        let groupVersion = GroupVersion(group: group.name, version: version.name)
        if OpenAPINames.root(groupVersion) == path { return groupVersion }
      }
    }
    return nil
  }

  private func bytes(of path: String) -> [UInt8]? {
    let writer = OpenAPIV3Writer(schemas: schemas, version: version)
    let core = GroupVersion(group: "", version: "v1")
    if let groupVersion = groupVersion(of: path) {
      let kinds = groupVersion == core ? [core] : [core, groupVersion]
      return writer.document(of: apiPaths(of: groupVersion), kinds: kinds)
    }
    if let other = DiscoveryPaths.others.first(where: { $0.document == path }) {
      return writer.document(of: [other.path], kinds: [core])
    }
    guard let group = catalog.groups.first(where: { !$0.name.isEmpty && "apis/\($0.name)" == path }) else {
      return nil
    }
    return writer.document(of: [DiscoveryPaths.group(group.name)], kinds: [core])
  }

  // MARK: - Version 2

  /// `/openapi/v2` in JSON: Swagger 2.0 of everything.
  public func swagger() -> Document {
    if let found = made.withLock({ $0.swagger }) { return found }
    let document = document(of: swaggerWriter.json())
    made.withLock { $0.swagger = document }
    return document
  }

  /// `/openapi/v2` as the message that ``swaggerProtobufMediaType`` names.
  public func swaggerProtobuf() -> Document {
    if let found = made.withLock({ $0.swaggerProtobuf }) { return found }
    let document = document(of: swaggerWriter.protobuf())
    made.withLock { $0.swaggerProtobuf = document }
    return document
  }

  private var swaggerWriter: SwaggerWriter {
    var paths = DiscoveryPaths.others.map(\.path)
    paths += catalog.groups.filter { !$0.name.isEmpty }.map { DiscoveryPaths.group($0.name) }
    let groupVersions = catalog.groups.flatMap { group in
      group.versions.map { GroupVersion(group: group.name, version: $0.name) }
    }
    return SwaggerWriter(
      schemas: schemas, version: version, paths: paths + groupVersions.flatMap(apiPaths), kinds: groupVersions
    )
  }

  // MARK: - Paths of a group version

  private func apiPaths(of groupVersion: GroupVersion) -> [OpenAPIPath] {
    let resources = catalog.version(groupVersion)?.resources ?? []
    return [DiscoveryPaths.resources(of: groupVersion)]
      + resources.flatMap { ResourcePaths(resource: $0, typeName: typeName).paths }
  }

  /// The component that a kind's objects, or its lists, are described by.
  func typeName(of kind: GroupVersionKind) -> String? {
    for custom in customSchemas where custom.kind.groupVersion == kind.groupVersion {
      if custom.kind == kind { return custom.typeName(kind.kind) }
      if kind.kind == custom.kind.kind + "List" { return custom.typeName(custom.listKind) }
    }
    return TypeTable.builtIn.type(of: kind)?.name
  }
}
