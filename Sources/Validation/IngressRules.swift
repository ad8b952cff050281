import Schema
import Values

/// Ingresses and their classes.
enum IngressRules {
  private static let classAnnotation = "kubernetes.io/ingress.class"

  static let rules = KindRules(
    checksFinalizers: true, content: { ingress, errors in spec(ingress["spec"], &errors) },
    create: { ingress, errors in
      let annotation = ingress["metadata"]["annotations"].key(classAnnotation)
      let name = ingress["spec"]["ingressClassName"]
      if annotation.isSet, name.isSet, annotation.text != name.text {
        errors.append(
          .invalid(
            FieldPath("annotations").child(classAnnotation), .string(annotation.text),
            "must match `ingressClassName` when both are specified"))
      }
    },
    steps: [.metadataUpdate, .metadata, .content],
    subresources: [
      "status": { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
        for ingress in new["status"]["loadBalancer"]["ingress"].elements {
          if ingress["ip"].hasText { errors.check(ingress["ip"], Names.ipAddress) }
          if ingress["hostname"].hasText { host(ingress["hostname"], addressFirst: false, &errors) }
        }
      }
    ])

  private static func host(_ host: Field, addressFirst: Bool, _ errors: inout Findings) {
    let isAddress = IPAddress(host.text) != nil
    let text = "must be a DNS name, not an IP address"
    if isAddress, addressFirst { errors.invalid(host, text) }
    errors.check(host, Names.dns1123Subdomain)
    if isAddress, !addressFirst { errors.invalid(host, text) }
  }

  private static func spec(_ spec: Field, _ errors: inout Findings) {
    if spec["rules"].isEmpty, !spec["defaultBackend"].isSet {
      errors.invalid(spec, showing: .null, "either `defaultBackend` or `rules` must be specified")
    }
    if spec["defaultBackend"].isSet { backend(spec["defaultBackend"], &errors) }
    for rule in spec["rules"].elements {
      let name = rule["host"]
      if name.text.contains("*") {
        errors.check(name, Names.wildcardSubdomain)
      } else if name.hasText {
        host(name, addressFirst: true, &errors)
      }
      guard rule["http"].isSet else { continue }
      let paths = rule["http"]["paths"]
      if paths.isEmpty { errors.required(paths) }
      for path in paths.elements { self.path(path, &errors) }
    }
    for tls in spec["tls"].elements {
      for name in tls["hosts"].elements {
        errors.check(name, name.text.contains("*") ? Names.wildcardSubdomain : Names.dns1123Subdomain)
      }
      if tls["secretName"].hasText { errors.check(tls["secretName"], Names.dns1123Subdomain) }
    }
    if spec["ingressClassName"].isSet { errors.check(spec["ingressClassName"], Names.dns1123Subdomain) }
  }

  private static func path(_ field: Field, _ errors: inout Findings) {
    let (type, path) = (field["pathType"], field["path"])
    guard type.isSet else {
      errors.required(type, "pathType must be specified")
      return
    }
    switch type.text {
    case "Exact", "Prefix":
      if !path.text.hasPrefix("/") { errors.invalidText(path, "must be an absolute path") }
      for sequence in ["//", "/./", "/../", "%2f", "%2F"] where path.text.contains(sequence) {
        errors.invalid(path, "must not contain '\(sequence)'")
      }
      for suffix in ["/..", "/."] where path.text.hasSuffix(suffix) {
        errors.invalid(path, "cannot end with '\(suffix)'")
      }
    case "ImplementationSpecific":
      if path.hasText, !path.text.hasPrefix("/") { errors.invalid(path, "must be an absolute path") }
    default: errors.oneOf(type, ["Exact", "ImplementationSpecific", "Prefix"])
    }
    backend(field["backend"], &errors)
  }

  private static func backend(_ backend: Field, _ errors: inout Findings) {
    let (service, resource) = (backend["service"], backend["resource"])
    if service.isSet, resource.isSet {
      return errors.invalid(backend, showing: "", "cannot set both resource and service backends")
    }
    if resource.isSet { return reference(resource, &errors) }
    guard service.isSet else {
      return errors.invalid(backend, showing: "", "resource or service backend is required")
    }
    errors.checkRequired(service["name"], "", Names.dns1123Label)
    let (name, number) = (service["port"]["name"], service["port"]["number"])
    switch (name.hasText, number.number != 0) {
    case (true, true): errors.invalid(backend, showing: "", "cannot set both port name & port number")
    case (true, false): errors.check(name, Names.portName)
    case (false, true): errors.port(number)
    case (false, false): errors.required(backend, "port name or number is required")
    }
  }

  private static func reference(_ field: Field, _ errors: inout Findings) {
    if field["apiGroup"].isSet { errors.check(field["apiGroup"], Names.dns1123Subdomain) }
    errors.checkRequired(field["kind"], "kind is required", Names.pathSegment)
    errors.checkRequired(field["name"], "name is required", Names.pathSegment)
  }

  // MARK: - Classes

  static let classRules = KindRules(
    checksFinalizers: true,
    content: { object, errors in
      let controller = object["spec"]["controller"]
      if controller.text.utf8.count > 250 { errors.tooLong(controller, maximum: 250) }
      if controller.hasText {
        errors.check(controller, Names.domainPrefixedPath)
      } else {
        errors.required(controller)
      }
      if object["spec"]["parameters"].isSet { parameters(object["spec"]["parameters"], &errors) }
    },
    change: { new, old, errors in
      let controller = new["spec"]["controller"]
      if controller.text != old["spec"]?["controller"]?.string ?? "" {
        errors.invalidText(controller, Texts.immutable)
      }
    },
    steps: [.metadataUpdate, .change, .metadata, .content])

  private static func parameters(_ field: Field, _ errors: inout Findings) {
    reference(field, &errors)
    let (scope, namespace) = (field["scope"], field["namespace"])
    guard scope.isSet else { return errors.required(scope) }
    errors.oneOf(scope, ["Cluster", "Namespace"])
    if scope.text == "Namespace" {
      if namespace.isSet {
        errors.check(namespace, Names.dns1123Label)
      } else {
        errors.required(namespace, "`parameters.scope` is set to 'Namespace'")
      }
    } else if scope.text == "Cluster", namespace.isSet {
      errors.forbidden(namespace, "`parameters.scope` is set to 'Cluster'")
    }
  }
}
