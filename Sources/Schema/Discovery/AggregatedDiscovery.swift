import Values

/// Everything that is served in one document: apidiscovery.k8s.io APIGroupDiscoveryList (Kubernetes API
/// concepts, "Aggregated discovery").
public enum AggregatedDiscovery {
  /// The versions of the document, of one form.
  public enum Version: String, Sendable, CaseIterable {
    case v2, v2beta1

    /// The media type of the document in JSON, as it is asked for and sent.
    public var mediaType: String {
      "application/json;g=apidiscovery.k8s.io;v=\(rawValue);as=APIGroupDiscoveryList"
    }

    /// The apiVersion of the document.
    public var apiVersion: String { "apidiscovery.k8s.io/\(rawValue)" }
  }

  /// `/api` aggregated: the core group.
  public static func coreGroup(of catalog: APICatalog, version: Version = .v2) -> Value {
    document(catalog.groups.filter(\.name.isEmpty), version)
  }

  /// `/apis` aggregated: every other group.
  public static func groups(of catalog: APICatalog, version: Version = .v2) -> Value {
    document(catalog.groups.filter { !$0.name.isEmpty }, version)
  }

  /// The ETag header of a document: its digest in upper-case hexadecimal, in quotes. It is the same for both
  /// versions and for every media type.
  /// - Parameter digest: SHA-512.
  public static func entityTag(of document: Value, digest: ([UInt8]) -> [UInt8]) -> String {
    "\"\(UpperHex.text(digest(JSON.encode(document["items"] ?? []))))\""
  }

  private static func document(_ groups: [APICatalog.Group], _ version: Version) -> Value {
    [
      "kind": "APIGroupDiscoveryList", "apiVersion": .string(version.apiVersion), "metadata": [:],
      "items": .array(groups.map(item)),
    ]
  }

  private static func item(of group: APICatalog.Group) -> Value {
    [
      "metadata": group.name.isEmpty ? [:] : ["name": .string(group.name)],
      "versions": .array(
        group.versions.map { version in
          [
            "version": .string(version.name), "resources": .array(version.resources.map(entry)),
            "freshness": "Current",
          ]
        }),
    ]
  }

  private static func entry(of resource: APIResource) -> Value {
    var entry: Object = [
      "resource": .string(resource.name),
      "responseKind": responseKind(resource.groupVersionKind, in: resource),
      "scope": resource.isNamespaced ? "Namespaced" : "Cluster",
      "singularResource": .string(resource.singularName), "verbs": Value(resource.verbs),
    ]
    if !resource.shortNames.isEmpty { entry["shortNames"] = Value(resource.shortNames) }
    if !resource.categories.isEmpty { entry["categories"] = Value(resource.categories) }
    if !resource.subresources.isEmpty {
      entry["subresources"] = .array(
        resource.subresources.map { subresource in
          [
            "subresource": .string(subresource.name),
            "responseKind": responseKind(subresource.kind, in: resource),
            "verbs": Value(subresource.verbs),
          ]
        })
    }
    return .object(entry)
  }

  /// Kinds of the document's own group and version are named without them, except of custom resources.
  private static func responseKind(_ kind: GroupVersionKind, in resource: APIResource) -> Value {
    let isOwn = kind.groupVersion == resource.groupVersion && !resource.isCustom
    return [
      "group": .string(isOwn ? "" : kind.group), "version": .string(isOwn ? "" : kind.version),
      "kind": .string(kind.kind),
    ]
  }
}

/// Two upper-case hexadecimal digits a byte, as Go's %X prints.
enum UpperHex {
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
