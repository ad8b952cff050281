import Values

/// Defaults of kinds that need only a few lines.
enum KindDefaults {
  /// SetDefaults_CustomResourceDefinitionSpec: the names that follow from the kind.
  static func customResourceDefinition(_ spec: inout Object) {
    spec.edit("names") { names in
      let kind = names["kind"]?.string ?? ""
      if kind.isEmpty { return }
      names.setDefault("singular", .string(kind.lowercased()))
      names.setDefault("listKind", .string(kind + "List"))
    }
  }

  /// SetDefaults_LimitRangeItem: a container's default is its maximum, its default request its default or its
  /// minimum.
  static func limitRangeItem(_ item: inout Object) {
    guard item["type"]?.string == "Container" else { return }
    fill(&item, "default", from: "max")
    fill(&item, "defaultRequest", from: "default")
    fill(&item, "defaultRequest", from: "min")
  }

  private static func fill(_ item: inout Object, _ name: String, from source: String) {
    guard let values = item[source]?.object, !values.isEmpty else { return }
    var filled = item[name]?.object ?? [:]
    for (key, value) in values { filled.setDefault(key, value) }
    item[name] = .object(filled)
  }

  /// SetDefaults_Namespace: every namespace has its name as a label.
  static func namespace(_ namespace: inout Object) {
    guard let name = namespace["metadata"]?["name"]?.string, !name.isEmpty else { return }
    namespace.edit("metadata") { metadata in
      metadata.setDefault("labels", .object([:]))
      metadata.edit("labels") { $0["kubernetes.io/metadata.name"] = .string(name) }
    }
  }

  /// podCIDR is the first of podCIDRs, whichever of them was given.
  static func nodeSpec(_ spec: inout Object) { KindDefaults.pair(&spec, "podCIDR", "podCIDRs") }

  /// SetDefaults_NodeStatus: all that a node has may be allocated.
  static func nodeStatus(_ status: inout Object) {
    guard let capacity = status["capacity"] else { return }
    status.setDefault("allocatable", capacity)
  }

  /// Keeps a field of one value and a list that begins with it in step.
  static func pair(_ object: inout Object, _ one: String, _ many: String, key: String? = nil) {
    let single = object[one]?.string ?? ""
    let first = object[many]?.array?.first
    let firstText = (key.map { first?[$0] } ?? first)?.string ?? ""
    if single.isEmpty {
      if !firstText.isEmpty { object[one] = .string(firstText) }
    } else if firstText != single {
      let entry: Value = key.map { .object(Object([($0, .string(single))])) } ?? .string(single)
      object[many] = [entry]
    }
  }

  /// What `stringData` says goes into `data`; it is never read back.
  static func secret(_ secret: inout Object) {
    guard let texts = secret.removeValue(forKey: "stringData")?.object, !texts.isEmpty else { return }
    secret.setDefault("data", .object([:]))
    secret.edit("data") { data in
      for (key, text) in texts { data[key] = .string(Base64.encode((text.string ?? "").utf8)) }
    }
  }

  /// SetDefaults_PriorityLevelConfigurationSpec: the part that belongs to the type is there to be filled.
  static func priorityLevel(_ spec: inout Object) {
    if spec["type"]?.string == "Exempt" { spec.setDefault("exempt", .object([:])) }
  }

  /// SetDefaults_NetworkPolicy: egress is a type only of a policy that has rules for it.
  static func networkPolicy(_ spec: inout Object) {
    guard spec["policyTypes"]?.array?.isEmpty ?? true else { return }
    let hasEgress = spec["egress"]?.array?.isEmpty == false
    spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
  }

  /// SetDefaults_Subject: users and groups belong to the RBAC group.
  static func subject(_ subject: inout Object) {
    switch subject["kind"]?.string {
    case "User", "Group": subject.setDefault("apiGroup", "rbac.authorization.k8s.io")
    default: return
    }
  }

  /// SetDefaults_ExactDeviceRequest: one device, where a number of them is asked for.
  static func deviceRequest(_ request: inout Object) {
    if request["allocationMode"]?.string == "ExactCount" { request.setDefault("count", 1) }
  }
}
