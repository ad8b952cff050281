import Authentication
import Authorization
import Schema
import Store
import Synchronization
import Testing
import Values

@testable import Admission

/// A store with a namespace and a chain of plugins: in short, what a registry does around admission.
struct Cluster {
  /// Allows what it is told to, written `user verb resource name`, and everything to admin.
  struct Grants: Authorizer {
    var allowed: Set<String> = []

    func authorize(_ asked: AuthorizationAttributes) async -> AuthorizationDecision {
      let text = [asked.user.name, asked.verb, asked.combined, asked.name].joined(separator: " ")
      return .init(
        asked.user.name == "admin" || allowed.contains(text) ? .allow : .noOpinion, reason: "no rule",
        authorizer: "Grants")
    }
  }

  /// What plugins told besides their decision.
  final class Notes: Sendable {
    private let state = Mutex<(warnings: [String], annotations: [String: String])>(([], [:]))

    var warnings: [String] { state.withLock { $0.warnings } }
    var annotations: [String: String] { state.withLock { $0.annotations } }

    func warn(_ text: String) { state.withLock { $0.warnings.append(text) } }
    func annotate(_ key: String, _ value: String) { state.withLock { $0.annotations[key] = value } }

    private let contents = Mutex<[String: String]>([:])
    var content: [String: String] { contents.withLock { $0 } }
    func annotateContent(_ key: String, _ value: String) { contents.withLock { $0[key] = value } }
  }

  let store = ObjectStore()
  let chain: AdmissionChain
  let notes = Notes()

  init(
    enabled: [String] = [], grants: Set<String> = [],
    configure: (inout AdmissionPlugins.Context) -> Void = { _ in }
  ) throws {
    chain = try AdmissionPlugins.chain(
      enabled: enabled, disabled: [], store: store, authorizer: Grants(allowed: grants), configure: configure)
    put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "team"]])
    put(["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "default", "namespace": "team"]])
  }

  static func kind(of object: Value) -> GroupVersionKind {
    let version = GroupVersion(apiVersion: object["apiVersion"]?.string ?? "")
    return (version ?? GroupVersion(group: "", version: "v1")).kind(object["kind"]?.string ?? "")
  }

  /// Decodes and defaults an object, as a request's body is.
  static func read(_ object: Value) -> Value {
    let kind = kind(of: object)
    guard let type = TypeTable.builtIn.type(of: kind) else { return object }
    var read = (try? TypedDecoder.decode(object, as: type).value) ?? object
    Defaults.apply(to: &read, kind: kind)
    return read
  }

  private static func place(of object: Value) -> (resource: GroupVersionResource, key: ObjectKey) {
    let metadata = object["metadata"]
    let resource = APICatalog.builtIn.resource(of: kind(of: object))
    return (
      resource?.groupVersionResource ?? GroupVersionResource(group: "", version: "", resource: ""),
      ObjectKey(namespace: metadata?["namespace"]?.string ?? "", name: metadata?["name"]?.string ?? "")
    )
  }

  /// Stores an object past all admission.
  func put(_ object: Value) {
    let object = Self.read(object)
    let (resource, key) = Self.place(of: object)
    if store.get(resource.groupResource, key) == nil {
      _ = try? store.create(resource.groupResource, key, object)
    } else {
      _ = try? store.update(resource.groupResource, key, ifRevision: nil, object)
    }
  }

  /// The stored object of that kind, namespace and name.
  func stored(_ kind: String, _ name: String, apiVersion: String = "v1", namespace: String = "team") -> Value?
  {
    let metadata: Value = ["name": .string(name), "namespace": .string(namespace)]
    let (resource, key) = Self.place(of: [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata,
    ])
    return store.get(resource.groupResource, key)?.value
  }

  // MARK: - Requests

  /// Makes an object as a client would.
  /// - Returns: the object as stored.
  @discardableResult
  func create(
    _ object: Value, as user: UserInfo = UserInfo(name: "admin"), dryRun: Bool = false,
    subresource: String = "",
    of parent: GroupVersionResource? = nil
  ) async throws(StatusError) -> Value {
    let object = Self.read(object)
    let (resource, key) = Self.place(of: object)
    return try await run(
      AdmissionRequest(
        operation: .create, resource: parent ?? resource, subresource: subresource,
        kind: Self.kind(of: object),
        namespace: key.namespace, name: key.name, object: object, oldObject: nil, user: user,
        isDryRun: dryRun,
        warn: notes.warn, annotate: notes.annotate, annotateContent: notes.annotateContent),
      storesNothing: dryRun || parent != nil)
  }

  /// Changes an object as a client would.
  @discardableResult
  func update(
    _ object: Value, subresource: String = "", as user: UserInfo = UserInfo(name: "admin")
  ) async throws(StatusError) -> Value {
    let object = Self.read(object)
    let (resource, key) = Self.place(of: object)
    return try await run(
      AdmissionRequest(
        operation: .update, resource: resource, subresource: subresource, kind: Self.kind(of: object),
        namespace: key.namespace, name: key.name, object: object,
        oldObject: store.get(resource.groupResource, key)?.value, user: user, warn: notes.warn,
        annotate: notes.annotate))
  }

  func delete(_ object: Value, as user: UserInfo = UserInfo(name: "admin")) async throws(StatusError) {
    let (resource, key) = Self.place(of: object)
    try await run(
      AdmissionRequest(
        operation: .delete, resource: resource, kind: Self.kind(of: object), namespace: key.namespace,
        name: key.name, object: nil, oldObject: object, user: user, warn: notes.warn,
        annotate: notes.annotate), storesNothing: true)
  }

  @discardableResult
  private func run(
    _ request: AdmissionRequest, storesNothing: Bool = false
  ) async throws(StatusError) -> Value {
    var request = request
    try await chain.admit(&request)
    if var object = request.object, request.operation == .create, request.subresource.isEmpty {
      Strategy.prepareForCreate(&object, kind: request.kind)
      request.object = object
    }
    try await chain.validate(request)
    if let object = request.object, !storesNothing { put(object) }
    return request.object ?? .null
  }

  /// Why something is refused: the message, without the object that it begins with.
  func refusal(_ action: () async throws(StatusError) -> Void) async -> String? {
    do {
      try await action()
      return nil
    } catch {
      let parts = error.message.split(separator: " is forbidden: ", maxSplits: 1)
      return parts.count > 1 ? String(parts[1]) : error.message
    }
  }

  /// Brings the status of all quotas up to date, as the quota controller does.
  func countQuotas() {
    for quota in store.list(.resourceQuotas) {
      var value = quota.value
      value["status"] = QuotaUsage.status(of: value, in: store)
      put(value)
    }
  }
}

extension AuthorizationAttributes {
  fileprivate var combined: String { subresource.isEmpty ? resource : "\(resource)/\(subresource)" }
}

extension Value {
  /// A pod of one container.
  static func pod(_ name: String = "p", spec: Object = [:], annotations: Object = [:]) -> Value {
    var all = spec
    if all["containers"] == nil { all["containers"] = [["name": "c", "image": "nginx:1.27"]] }
    return [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": ["name": .string(name), "namespace": "team", "annotations": .object(annotations)],
      "spec": .object(all),
    ]
  }

  /// A container with requests and limits.
  static func container(_ name: String = "c", requests: Object = [:], limits: Object = [:]) -> Value {
    [
      "name": .string(name), "image": "nginx:1.27",
      "resources": ["requests": .object(requests), "limits": .object(limits)],
    ]
  }
}
