import HTTPService
import Schema
import Values

/// `pods/binding` and `bindings`: a pod is put on a node (what a scheduler does).
struct BindingEndpoint {
  let context: RequestContext
  let registry: ObjectRegistry

  func bind(_ resource: APIResource) async throws(StatusError) -> HTTPResponse {
    let pods = GroupResource(group: "", resource: "pods")
    guard let scope = context.served.scope(of: pods, subresource: "binding") else { throw .pathNotFound }
    let format = try OutputFormat(context)
    let decoder = BodyDecoder(context: context)
    let encoding = try decoder.encoding()
    let bytes = try await decoder.bytes()
    let options = try WriteOptions(context, .create)
    let objects = ObjectDecoder(context: context, scope: scope)
    let binding = try objects.decode(
      try decoder.parse(bytes, encoding, expecting: objects.expected), validation: options.fieldValidation)
    let name = context.info.name.isEmpty ? binding["metadata"]?["name"]?.string ?? "" : context.info.name
    let target = binding["target"]
    let node = target?["name"]?.string ?? ""
    try check(target, node, name)
    let result = try await registry.update(
      scope, namespace: context.info.namespace, name: name, options: options,
      caller: context.caller(options, registry, scope)
    ) { old throws(StatusError) in
      guard var pod = old else { throw .notFound(pods, name) }
      try assign(&pod, node, name, binding)
      return .init(object: pod)
    }
    _ = result
    return Answer(context: context).encode(
      ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], code: 201,
      format: format)
  }

  private func check(_ target: Value?, _ node: String, _ name: String) throws(StatusError) {
    var errors: [FieldError] = []
    let kind = target?["kind"]?.string ?? ""
    if !kind.isEmpty, kind != "Node" {
      errors.append(.notSupported("target.kind", .string(kind), ["Node", "<empty>"]))
    }
    if node.isEmpty { errors.append(.required("target.name")) }
    if !errors.isEmpty { throw .invalid(GroupKind(group: "", kind: "Binding"), name, errors) }
  }

  private func assign(_ pod: inout Value, _ node: String, _ name: String, _ binding: Value)
    throws(StatusError)
  {
    let resource = GroupResource(group: "", resource: "pods/binding")
    if pod["metadata"]?["deletionTimestamp"] != nil {
      throw .conflict(resource, name, "pod \(name) is being deleted, cannot be assigned to a host")
    }
    if let taken = pod["spec"]?["nodeName"]?.string, !taken.isEmpty {
      throw .conflict(resource, name, "pod \(name) is already assigned to node \(FieldError.quoted(taken))")
    }
    pod["spec", default: [:]]["nodeName"] = .string(node)
    for (key, value) in binding["metadata"]?["annotations"]?.object ?? [:] {
      pod["metadata", default: [:]]["annotations", default: [:]][key] = value
    }
    var conditions = pod["status"]?["conditions"]?.array ?? []
    conditions.removeAll { $0["type"]?.string == "PodScheduled" }
    conditions.append([
      "type": "PodScheduled", "status": "True", "lastProbeTime": .null,
      "lastTransitionTime": .string(Timestamp.now.rfc3339),
    ])
    pod["status", default: [:]]["conditions"] = .array(conditions)
  }
}
