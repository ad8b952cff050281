/// The paths of one resource and their operations, named as the real server names them.
struct ResourcePaths {
  let resource: APIResource
  /// The name of a kind's type in the components.
  let typeName: (GroupVersionKind) -> String?

  /// Resources whose deletion is answered with the object instead of a Status.
  private static let answeredWithObject: Set<String> = [
    "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "deviceclasses.resource.k8s.io",
    "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "resourceclaims.resource.k8s.io",
    "resourceclaimtemplates.resource.k8s.io", "resourcequotas", "resourceslices.resource.k8s.io",
    "serviceaccounts", "services", "storageclasses.storage.k8s.io", "volumeattachments.storage.k8s.io",
    "volumeattributesclasses.storage.k8s.io",
  ]

  /// All paths, those of watches last.
  var paths: [OpenAPIPath] {
    var paths = [
      OpenAPIPath(template: everywhere, operations: forAllNamespaces),
      OpenAPIPath(template: collection, operations: collectionOperations),
      OpenAPIPath(template: item, operations: itemOperations),
    ]
    for subresource in resource.subresources { paths += self.paths(of: subresource) }
    paths += watches
    return paths.filter { !$0.operations.isEmpty }
  }

  // MARK: - Names

  private var root: String { "/\(OpenAPINames.root(resource.groupVersion))" }
  private var scoped: String { resource.isNamespaced ? "/namespaces/{namespace}/" : "/" }
  private var everywhere: String { "\(root)/\(resource.name)" }
  private var collection: String { "\(root)\(scoped)\(resource.name)" }
  private var item: String { "\(collection)/{name}" }
  private var scope: String { resource.isNamespaced ? "Namespaced" : "" }
  private var version: String {
    OpenAPINames.group(resource.groupVersion.group) + OpenAPINames.capitalized(resource.groupVersion.version)
  }
  private var own: OpenAPIOperation.Content? { typeName(resource.groupVersionKind).map { .type($0) } }
  private var list: OpenAPIOperation.Content? {
    typeName(resource.groupVersion.kind(resource.kind + "List")).map { .type($0) }
  }
  private var status: OpenAPIOperation.Content { .type(OpenAPINames.meta + "Status") }
  private var deleteOptions: OpenAPIOperation.Content { .type(OpenAPINames.meta + "DeleteOptions") }
  private var patchTypes: [String] {
    resource.isCustom ? OpenAPINames.patchTypes.dropLast() : OpenAPINames.patchTypes
  }

  private func has(_ verb: String) -> Bool { resource.verbs.contains(verb) }

  /// An operation on objects of the resource's kind unless another is given.
  private func operation(
    _ method: String, _ id: String, _ action: String, parameters: [OpenAPIParameter],
    answers: [Int], _ content: OpenAPIOperation.Content?, kind: GroupVersionKind? = nil,
    body: OpenAPIOperation.Content? = nil, consumes: [String] = ["*/*"],
    produces: [String] = OpenAPINames.objectTypes
  ) -> OpenAPIOperation {
    OpenAPIOperation(
      method: method, id: id, summary: "\(action) \((kind ?? resource.groupVersionKind).kind)",
      parameters: parameters, body: body, consumes: body == nil ? [] : consumes,
      answers: answers.map { ($0, content) } + [(401, nil)], produces: produces,
      tag: OpenAPINames.tag(resource.groupVersion), action: action, kind: kind ?? resource.groupVersionKind)
  }

  // MARK: - Objects

  private var forAllNamespaces: [OpenAPIOperation] {
    guard resource.isNamespaced, has("list") else { return [] }
    return [
      operation(
        "get", "list\(version)\(resource.kind)ForAllNamespaces", "list", parameters: OpenAPIParameter.list,
        answers: [200], list, produces: OpenAPINames.listTypes)
    ]
  }

  private var collectionOperations: [OpenAPIOperation] {
    var operations: [OpenAPIOperation] = []
    if has("deletecollection") {
      operations.append(
        operation(
          "delete", "delete\(version)Collection\(scope)\(resource.kind)", "deletecollection",
          parameters: OpenAPIParameter.deleteCollection, answers: [200], status, body: deleteOptions))
    }
    if has("list") {
      operations.append(
        operation(
          "get", "list\(version)\(scope)\(resource.kind)", "list", parameters: OpenAPIParameter.list,
          answers: [200], list, produces: OpenAPINames.listTypes))
    }
    if has("create") {
      operations.append(
        operation(
          "post", "create\(version)\(scope)\(resource.kind)", "post", parameters: OpenAPIParameter.create,
          answers: [200, 201, 202], own, body: own))
    }
    return operations
  }

  private var itemOperations: [OpenAPIOperation] {
    var operations: [OpenAPIOperation] = []
    if has("delete") {
      let answer = Self.answeredWithObject.contains(resource.groupResource.description) ? own : status
      operations.append(
        operation(
          "delete", "delete\(version)\(scope)\(resource.kind)", "delete",
          parameters: OpenAPIParameter.delete, answers: [200, 202], answer, body: deleteOptions))
    }
    return operations + changes(verbs: resource.verbs, suffix: "", kind: resource.groupVersionKind)
  }

  /// Reading, replacing and patching one object or a subresource of it.
  private func changes(verbs: [String], suffix: String, kind: GroupVersionKind) -> [OpenAPIOperation] {
    let name = "\(version)\(scope)\(resource.kind)\(suffix)"
    let content = typeName(kind).map { OpenAPIOperation.Content.type($0) }
    var operations: [OpenAPIOperation] = []
    if verbs.contains("get") {
      operations.append(
        operation(
          "get", "read\(name)", "get", parameters: OpenAPIParameter.read, answers: [200], content, kind: kind)
      )
    }
    if verbs.contains("patch") {
      operations.append(
        operation(
          "patch", "patch\(name)", "patch", parameters: OpenAPIParameter.patch, answers: [200, 201],
          content, kind: kind, body: .type(OpenAPINames.meta + "Patch"), consumes: patchTypes))
    }
    if verbs.contains("update") {
      operations.append(
        operation(
          "put", "replace\(name)", "put", parameters: OpenAPIParameter.replace, answers: [200, 201],
          content, kind: kind, body: content))
    }
    return operations
  }

  // MARK: - Subresources

  private func paths(of subresource: APIResource.Subresource) -> [OpenAPIPath] {
    let template = "\(item)/\(subresource.name)"
    let suffix = OpenAPINames.capitalized(subresource.name)
    if let parameters = OpenAPIParameter.connect[subresource.kind.kind] {
      return connections(to: subresource, template: template, suffix: suffix, parameters: parameters)
    }
    let name = "\(version)\(scope)\(resource.kind)\(suffix)"
    if subresource.name == "log" {
      let read = operation(
        "get", "read\(name)", "get", parameters: OpenAPIParameter.log, answers: [200], .text,
        produces: ["text/plain"] + OpenAPINames.objectTypes)
      return [OpenAPIPath(template: template, operations: [read])]
    }
    var operations = changes(verbs: subresource.verbs, suffix: suffix, kind: subresource.kind)
    if subresource.verbs.contains("create") {
      let content = typeName(subresource.kind).map { OpenAPIOperation.Content.type($0) }
      operations.append(
        operation(
          "post", "create\(name)", "post", parameters: OpenAPIParameter.create, answers: [200, 201, 202],
          content, kind: subresource.kind, body: content))
    }
    return [OpenAPIPath(template: template, operations: operations)]
  }

  /// The methods by which clients connect to a pod, a node or a service.
  private func connections(
    to subresource: APIResource.Subresource, template: String, suffix: String, parameters: [OpenAPIParameter]
  ) -> [OpenAPIPath] {
    let isProxy = subresource.name == "proxy"
    let verbs = [
      ("delete", "delete"), ("get", "get"), ("patch", "patch"), ("post", "create"), ("put", "update"),
    ]
    var methods = verbs.filter { subresource.verbs.contains($0.1) }.map(\.0)
    if isProxy { methods += ["head", "options"] }
    func path(_ template: String, _ ending: String) -> OpenAPIPath {
      let operations = methods.sorted().map { method in
        let name = "\(OpenAPINames.capitalized(method))\(scope)\(resource.kind)\(suffix)\(ending)"
        return operation(
          method, "connect\(version)\(name)", "connect", parameters: parameters, answers: [200], .text,
          kind: subresource.kind, produces: ["*/*"])
      }
      return OpenAPIPath(template: template, operations: operations)
    }
    return [path(template, "")] + (isProxy ? [path("\(template)/{path}", "WithPath")] : [])
  }

  // MARK: - Watches

  /// The paths that are older than the parameter `watch`.
  private var watches: [OpenAPIPath] {
    guard has("watch") else { return [] }
    func path(_ template: String, _ id: String, _ action: String) -> OpenAPIPath {
      var watch = operation(
        "get", "watch\(version)\(id)", action, parameters: OpenAPIParameter.list, answers: [200],
        .type(OpenAPINames.meta + "WatchEvent"), produces: OpenAPINames.listTypes)
      watch.isDeprecated = true
      return OpenAPIPath(template: template, operations: [watch])
    }
    let watched = "\(root)/watch\(scoped)\(resource.name)"
    var paths = [
      path(watched, "\(scope)\(resource.kind)List", "watchlist"),
      path("\(watched)/{name}", "\(scope)\(resource.kind)", "watch"),
    ]
    if resource.isNamespaced {
      paths.append(
        path("\(root)/watch/\(resource.name)", "\(resource.kind)ListForAllNamespaces", "watchlist"))
    }
    return paths
  }
}
