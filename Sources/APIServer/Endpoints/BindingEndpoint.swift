import HTTPService
import Schema
import Values

/// `pods/binding` and `bindings`: a pod is put on a node (what a scheduler does).
struct BindingEndpoint {
  let context: RequestContext
  let registry: ObjectRegistry

  private static let pods = GroupResource(group: "", resource: "pods")
  private static let bindings = GroupResource(group: "", resource: "bindings")

  func bind() async throws(StatusError) -> HTTPResponse {
    let scope =
      context.info.subresource.isEmpty
      ? context.served.scope(of: Self.bindings) : context.served.scope(of: Self.pods, subresource: "binding")
    guard let scope else { throw .pathNotFound }
    var sent = try await SentObject(context, scope)
    let namespace = context.info.namespace
    try sent.matchNamespace(namespace)
    let name = context.info.name.isEmpty ? sent.value["metadata"]?["name"]?.string ?? "" : context.info.name
    guard sent.value["metadata"]?["name"]?.string ?? "" == name else {
      throw .badRequest("name in URL does not match name in Binding object")
    }
    let binding = try await registry.admitPosted(
      sent.value, scope, namespace: namespace, name: name, options: sent.options,
      caller: context.caller(sent.options, registry))
    try check(binding["target"])
    if sent.options.isDryRun {
      var pod = try registry.get(scope, namespace: namespace, name: name).value
      try assign(&pod, name, binding)
    } else {
      try registry.amend(Self.pods, namespace: namespace, name: name) { pod throws(StatusError) in
        try assign(&pod, name, binding)
      }
    }
    return Answer(context: context).success(code: 201, format: sent.format)
  }

  private func check(_ target: Value?) throws(StatusError) {
    var errors: [FieldError] = []
    let kind = target?["kind"]?.string ?? ""
    if !kind.isEmpty, kind != "Node" {
      errors.append(.notSupported("target.kind", .string(kind), ["Node", "<empty>"]))
    }
    if (target?["name"]?.string ?? "").isEmpty { errors.append(.required("target.name")) }
    if errors.isEmpty { return }
    // These are told as they are, not as faults of an object.
    let texts = errors.map(\.description)
    throw .unexpected(texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]")
  }

  private func assign(_ pod: inout Value, _ name: String, _ binding: Value) throws(StatusError) {
    let subject = GroupResource(group: "", resource: "pods/binding")
    let uid = pod["metadata"]?["uid"]?.string ?? ""
    if let asked = binding["metadata"]?["uid"]?.string, !asked.isEmpty, asked != uid {
      throw .conflict(
        subject, name,
        "Precondition failed: UID in precondition: \(asked), UID in object meta: \(uid)")
    }
    if ObjectMeta.isBeingDeleted(pod) {
      throw .conflict(subject, name, "pod \(name) is being deleted, cannot be assigned to a host")
    }
    if let taken = pod["spec"]?["nodeName"]?.string, !taken.isEmpty {
      throw .conflict(subject, name, "pod \(name) is already assigned to node \(FieldError.quoted(taken))")
    }
    if pod["spec"]?["schedulingGates"]?.array?.isEmpty == false {
      throw .conflict(subject, name, "pod \(name) has non-empty .spec.schedulingGates")
    }
    pod["spec", default: [:]]["nodeName"] = binding["target"]?["name"]
    for map in ["annotations", "labels"] {
      for (key, value) in binding["metadata"]?[map]?.object ?? [:] {
        pod["metadata", default: [:]][map, default: [:]][key] = value
      }
    }
    PodConditions.set(&pod, "PodScheduled")
  }
}

/// Conditions that the server itself sets on pods.
enum PodConditions {
  /// Sets a condition to true, in its place if it is there.
  static func set(_ pod: inout Value, _ type: String, reason: String = "", message: String = "") {
    var conditions = pod["status"]?["conditions"]?.array ?? []
    var condition: Value = [
      "type": .string(type), "status": "True", "lastProbeTime": .null,
      "lastTransitionTime": .string(Timestamp.now.rfc3339),
    ]
    if !reason.isEmpty { condition["reason"] = .string(reason) }
    if !message.isEmpty { condition["message"] = .string(message) }
    if let at = conditions.firstIndex(where: { $0["type"]?.string == type }) {
      conditions[at] = condition
    } else {
      conditions.append(condition)
    }
    pod["status", default: [:]]["conditions"] = .array(conditions)
  }
}
