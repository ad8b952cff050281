import Schema
import Values

/// The fields by which a kind's objects can be selected, besides name and namespace
/// (Kubernetes documentation, "Field Selectors").
enum SelectableFields {
  /// Label to path in the object, where they differ from each other only by what stands here.
  private static let table: [GroupResource: [String]] = [
    GroupResource(group: "", resource: "pods"): [
      "spec.host", "spec.hostNetwork", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName",
      "spec.serviceAccountName", "status.nominatedNodeName", "status.phase", "status.podIP", "status.podIPs",
    ],
    GroupResource(group: "", resource: "nodes"): ["spec.unschedulable"],
    GroupResource(group: "", resource: "namespaces"): ["status.phase"],
    GroupResource(group: "", resource: "secrets"): ["type"],
    GroupResource(group: "", resource: "services"): ["spec.clusterIP", "spec.type"],
    GroupResource(group: "", resource: "replicationcontrollers"): ["status.replicas"],
    GroupResource(group: "apps", resource: "replicasets"): ["status.replicas"],
    GroupResource(group: "batch", resource: "jobs"): ["status.successful"],
    GroupResource(group: "certificates.k8s.io", resource: "certificatesigningrequests"): ["spec.signerName"],
    GroupResource(group: "resource.k8s.io", resource: "resourceslices"): ["spec.driver", "spec.nodeName"],
    GroupResource(group: "", resource: "events"): [
      "involvedObject.apiVersion", "involvedObject.fieldPath", "involvedObject.kind", "involvedObject.name",
      "involvedObject.namespace", "involvedObject.resourceVersion", "involvedObject.uid", "reason",
      "reportingComponent", "source", "type",
    ],
    GroupResource(group: "events.k8s.io", resource: "events"): [
      "reason", "regarding.apiVersion", "regarding.fieldPath", "regarding.kind", "regarding.name",
      "regarding.namespace", "regarding.resourceVersion", "regarding.uid", "reportingController", "source",
      "type",
    ],
  ]

  /// Checks that each field of the selector is one that the kind knows.
  /// - Parameter custom: the selectable fields of a custom resource's version.
  /// - Throws: 400.
  static func check(
    _ selector: FieldSelector, of resource: APIResource, custom: [String] = []
  ) throws(StatusError) {
    let extra = table[resource.groupResource]
    for requirement in selector.requirements {
      let field = requirement.field
      if field == "metadata.name" { continue }
      if field == "metadata.namespace", resource.isNamespaced || extra == nil { continue }
      if resource.isCustom {
        if custom.contains(field) { continue }
        throw .badRequest("field label not supported: \(field)")
      }
      guard let extra else {
        throw .badRequest(
          "\(FieldError.quoted(field)) is not a known field selector: "
            + #"only "metadata.name", "metadata.namespace""#
        )
      }
      if !extra.contains(field) { throw .badRequest(unsupported(field, resource)) }
    }
  }

  private static func unsupported(_ field: String, _ resource: APIResource) -> String {
    switch resource.groupResource.description {
    case "jobs.batch": "field label \(FieldError.quoted(field)) not supported for batchv1.Job"
    case "resourceslices.resource.k8s.io":
      "field label not supported for \(resource.groupVersionKind): \(field)"
    default: "field label not supported: \(field)"
    }
  }

  /// The text by which an object is compared: booleans and numbers as text, empty where it has none.
  static func value(_ field: String, of object: Value) -> String {
    switch field {
    case "spec.host": return value("spec.nodeName", of: object)
    case "source": return object["source"]?["component"]?.string ?? object["reportingComponent"]?.string ?? ""
    case "reportingController": return value("reportingComponent", of: object)
    case _ where field.hasPrefix("regarding."):
      return value("involvedObject." + field.dropFirst("regarding.".count), of: object)
    case "status.podIPs":
      return (object["status"]?["podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }.joined(separator: ",")
    case "status.successful":
      return value("status.succeeded", of: object)
    default: break
    }
    var here: Value? = object
    for key in field.split(separator: ".") { here = here?[String(key)] }
    switch here {
    case .string(let text): return text
    case .bool(let flag): return flag ? "true" : "false"
    case .int(let number): return String(number)
    default: return absent[field] ?? ""
    }
  }

  /// What an absent field counts as, where it is no text.
  private static let absent = [
    "spec.hostNetwork": "false", "spec.unschedulable": "false", "status.replicas": "0",
    "status.succeeded": "0",
  ]
}
