import HTTPService
import Schema
import Store
import Tracing
import Values

/// get and list of a resource.
struct ReadEndpoints {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry

  func get() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let version = try ResourceVersions.parse(context.query("resourceVersion") ?? "")
    try ResourceVersions.checkReached(version, registry.store, scope)
    let object = try registry.get(
      scope, namespace: context.info.namespace(of: scope), name: context.info.name)
    return try await Answer(context: context).stored(object, scope: scope, format: format)
  }

  func list() async throws(StatusError) -> HTTPResponse {
    let format = try OutputFormat(context)
    let options = try ListOptions(context)
    let page = try RequestTrace.measure("Store list", .etcd) { () throws(StatusError) in
      try ListQuery(scope: scope, options: options, context: context).page(registry.store)
    }
    let answer = Answer(context: context)
    if format == .plainJSON, scope.isStorageVersion {
      let bytes = RequestTrace.measure("SerializeObject", .serialize) {
        ListBytes.encode(page.objects, scope: scope, metadata: page.metadata)
      }
      return answer.response(bytes, code: 200, contentType: OutputFormat.Encoding.json.rawValue)
    }
    return try answer.list(
      try await scope.read(page.objects.map(\.value)), metadata: page.metadata, scope: scope, format: format)
  }
}

extension RequestInfo {
  /// The namespace that objects of the scope are in: empty for cluster-scoped kinds, of which `namespaces`
  /// has one in its path.
  func namespace(of scope: ResourceScope) -> String { scope.resource.isNamespaced ? namespace : "" }
}

/// Lists put together from their items' stored bytes.
enum ListBytes {
  /// The kind of a list of the scope's objects.
  static func kind(_ scope: ResourceScope) -> String { scope.listKind }

  static func encode(_ objects: [StoredObject], scope: ResourceScope, metadata: Value) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(objects.reduce(256) { $0 + $1.bytes.count + 1 })
    out += #"{"kind":"\#(kind(scope))","apiVersion":"\#(scope.kind.apiVersion)","metadata":"#.utf8
    JSON.append(metadata, to: &out)
    out += #","items":["#.utf8
    // Items of built-in kinds don't repeat kind and apiVersion, with which each object's bytes begin.
    let head = scope.resource.isCustom ? 0 : headLength(scope.storageKind)
    for (index, object) in objects.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      if head > 0 { out.append(UInt8(ascii: "{")) }
      out += object.bytes[head...]
    }
    out += "]}\n".utf8
    return out
  }

  /// The length of `{"kind":"Pod","apiVersion":"v1",`.
  private static func headLength(_ kind: GroupVersionKind) -> Int {
    #"{"kind":"","apiVersion":"","#.utf8.count + kind.kind.utf8.count + kind.apiVersion.utf8.count
  }

  static func value(_ items: [Value], scope: ResourceScope, metadata: Value) -> Value {
    let isCustom = scope.resource.isCustom
    return [
      "kind": .string(kind(scope)), "apiVersion": .string(scope.kind.apiVersion), "metadata": metadata,
      "items": .array(
        items.map { item in
          guard !isCustom, case .object(let object) = item else { return item }
          return .object(object.filter { key, _ in key != "kind" && key != "apiVersion" })
        }),
    ]
  }
}
