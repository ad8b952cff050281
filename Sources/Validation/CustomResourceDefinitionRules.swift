import Schema
import Values

/// CustomResourceDefinitions (apiextensions-apiserver, pkg/apis/apiextensions/validation). Rules in CEL are
/// compiled elsewhere.
enum CustomResourceDefinitionRules {
  static let table: [String: KindRules] = [
    "apiextensions.k8s.io/CustomResourceDefinition": KindRules(
      skipsMetadata: true,
      content: { object, errors in
        let required = "\(object["spec"]["names"]["plural"].text).\(object["spec"]["group"].text)"
        let rule = NameRule { name, isPrefix in
          let faults = NameRule.subdomain.check(name, isPrefix)
          return name == required ? faults : faults + ["must be spec.names.plural+\".\"+spec.group"]
        }
        Metadata.validate(
          object["metadata"], isNamespaced: false, name: rule, checksFinalizers: false, &errors)
        spec(object["spec"], old: nil, &errors)
        rest(object, &errors)
        approval(object, &errors)
      },
      change: { new, old, errors in
        Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: false, &errors)
        spec(new["spec"], old: old["spec"], &errors)
        specChange(new["spec"], old, &errors)
        rest(new, &errors)
      },
      steps: [.change],
      subresources: [
        "status": { new, old, errors in
          Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: false, &errors)
          names(new["status"]["acceptedNames"], &errors)
        }
      ])
  ]

  private static func spec(_ spec: Field, old: Value?, _ errors: inout Findings) {
    group(spec["group"], &errors)
    errors.requiredOneOf(spec["scope"], ["Cluster", "Namespaced"])
    let versions = spec["versions"]
    for version in versions.elements where !version["schema"]["openAPIV3Schema"].isSet {
      errors.required(version["schema"]["openAPIV3Schema"], "schemas are required")
    }
    if spec["preserveUnknownFields"].isTrue, hasDefaults(versions) {
      errors.invalid(
        spec["preserveUnknownFields"], "must be false in order to use defaults in the schema")
    }
    let shared = CustomResourceVersion.sharedParts(versions)
    for version in versions.elements {
      joined(version["name"], Names.dns1035Label, &errors)
      CustomResourceVersionRules.deprecation(version, &errors)
      let parts = CustomResourceVersion.parts.subtracting(shared)
      CustomResourceVersionRules.version(CustomResourceVersion(version, old: old), parts, &errors)
    }
    let names = versions.elements.map { $0["name"].text }
    if Set(names).count != names.count {
      errors.invalid(versions, "must contain unique version names")
    }
    if versions.elements.filter({ $0["storage"].isTrue }).count != 1 {
      errors.invalid(versions, "must have exactly one version marked as storage version")
    }
    for name in ["plural", "singular", "kind", "listKind"] { errors.requireText(spec["names"][name]) }
    CustomResourceDefinitionRules.names(spec["names"], &errors)
    if let version = CustomResourceVersion(shared: spec, old: old) {
      CustomResourceVersionRules.version(version, shared, &errors)
    }
    conversion(spec, &errors)
  }

  private static func group(_ group: Field, _ errors: inout Findings) {
    guard group.hasText else { return errors.required(group) }
    let faults = Names.dns1123Subdomain(group.text)
    if !faults.isEmpty {
      errors.invalid(group, faults.joined(separator: ","))
    } else if !group.text.contains(".") {
      errors.invalid(group, "should be a domain with at least one dot")
    }
  }

  static func joined(_ field: Field, _ check: TextCheck, prefix: String = "", _ errors: inout Findings) {
    let faults = check(field.text)
    if !faults.isEmpty { errors.invalidText(field, prefix + faults.joined(separator: ",")) }
  }

  private static func hasDefaults(_ versions: Field) -> Bool {
    versions.elements.contains { JSONSchema.contains("default", in: $0["schema"]["openAPIV3Schema"].value) }
  }

  // MARK: - Names

  private static func names(_ names: Field, _ errors: inout Findings) {
    for name in ["plural", "singular"] where names[name].hasText {
      joined(names[name], Names.dns1035Label, &errors)
    }
    for name in ["kind", "listKind"] where names[name].hasText {
      let faults = Names.dns1035Label(names[name].text.lowercased())
      if !faults.isEmpty {
        errors.invalid(
          names[name], "may have mixed case, but should otherwise match: " + faults.joined(separator: ","))
      }
    }
    for name in names["shortNames"].elements { joined(name, Names.dns1035Label, &errors) }
    if names["kind"].hasText, names["kind"].text == names["listKind"].text {
      errors.invalid(names["listKind"], "kind and listKind may not be the same")
    }
    for category in names["categories"].elements { joined(category, Names.dns1035Label, &errors) }
  }

  private static func rest(_ object: Field, _ errors: inout Findings) {
    names(object["status"]["acceptedNames"], &errors)
    let stored = object["status"]["storedVersions"]
    if stored.isEmpty {
      errors.invalid(stored, showing: .array([]), "must have at least one stored version")
    } else {
      storedVersions(stored, object["spec"]["versions"], &errors)
    }
    if object["spec"]["preserveUnknownFields"].isTrue {
      errors.invalid(
        object["spec"]["preserveUnknownFields"],
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
      )
    }
  }

  private static func storedVersions(_ stored: Field, _ versions: Field, _ errors: inout Findings) {
    for version in versions.elements where version["storage"].isTrue {
      if !stored.strings.contains(version["name"].text) {
        errors.invalid(stored, "must have the storage version \(version["name"].text)")
      }
    }
    let known = Set(versions.elements.map { $0["name"].text })
    for version in stored.elements where !known.contains(version.text) {
      let name = version.text
      errors.invalid(
        version,
        "missing from spec.versions; \(name) was previously a storage version, and must remain in spec.versions "
          + "until a storage migration ensures no data remains persisted in \(name) and removes \(name) "
          + "from status.storedVersions")
    }
  }

  // MARK: - Protected groups

  private static let approvalAnnotation = "api-approved.kubernetes.io"

  private static func approval(_ object: Field, _ errors: inout Findings) {
    let group = object["spec"]["group"].text
    let isProtected = ["k8s.io", "kubernetes.io"].contains { group == $0 || group.hasSuffix(".\($0)") }
    if !isProtected { return }
    let entry = object["metadata"]["annotations"].key(approvalAnnotation)
    let link = "https://github.com/kubernetes/enhancements/pull/1111"
    if !entry.hasText {
      errors.required(
        entry, "protected groups must have approval annotation \"\(approvalAnnotation)\", see \(link)")
    } else if !entry.text.hasPrefix("unapproved"), !entry.text.contains("://") {
      errors.invalid(
        entry,
        "protected groups must have approval annotation \"\(approvalAnnotation)\" with either a URL or a reason "
          + "starting with \"unapproved\", see \(link)")
    }
  }

  // MARK: - Conversion

  private static func conversion(_ spec: Field, _ errors: inout Findings) {
    let conversion = spec["conversion"]
    if !conversion.isSet { return }
    errors.requiredOneOf(conversion["strategy"], ["None", "Webhook"])
    // The internal type has the parts of the webhook one level up.
    let client = conversion["webhookClientConfig"].with(conversion["webhook"]["clientConfig"].value)
    let versions = conversion["conversionReviewVersions"]
      .with(conversion["webhook"]["conversionReviewVersions"].value)
    guard conversion["strategy"].text == "Webhook" else {
      let text = "should not be set when strategy is not set to Webhook"
      if client.isSet { errors.forbidden(client, text) }
      if !versions.isEmpty { errors.forbidden(versions, text) }
      return
    }
    if client.isSet {
      WebhookRules.client(client, &errors)
    } else {
      errors.required(client, "required when strategy is set to Webhook")
    }
    if versions.isEmpty { return errors.required(versions) }
    WebhookRules.reviewVersions(versions, &errors)
    if Set(versions.strings).isDisjoint(with: ["v1", "v1beta1"]) {
      errors.invalid(versions, "must include at least one of v1, v1beta1")
    }
  }

  // MARK: - Changes

  private static func specChange(_ spec: Field, _ old: Value, _ errors: inout Findings) {
    let before = old["spec"]
    let isEstablished = (old["status"]?["conditions"]?.array ?? []).contains {
      $0["type"]?.string == "Established" && $0["status"]?.string == "True"
    }
    if isEstablished {
      errors.immutable(spec["scope"], before?["scope"])
      errors.immutable(spec["names"]["kind"], before?["names"]?["kind"])
    }
    errors.immutable(spec["group"], before?["group"])
    errors.immutable(spec["names"]["plural"], before?["names"]?["plural"])
  }
}
