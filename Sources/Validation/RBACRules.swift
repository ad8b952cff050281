import Schema
import Values

/// Roles and their bindings (pkg/apis/rbac/validation).
enum RBACRules {
  private static let group = "rbac.authorization.k8s.io"

  static let table: [String: KindRules] = [
    "\(group)/Role": KindRules(
      name: .pathSegment, checksFinalizers: true,
      content: { role, errors in rules(role["rules"], isNamespaced: true, &errors) },
      steps: [.metadata, .content, .metadataUpdate]),
    "\(group)/ClusterRole": KindRules(
      name: .pathSegment, checksFinalizers: true,
      content: { role, errors in
        rules(role["rules"], isNamespaced: false, &errors)
        aggregation(role["aggregationRule"], &errors)
      },
      steps: [.metadata, .content, .metadataUpdate]),
    "\(group)/RoleBinding": binding(["Role", "ClusterRole"], isNamespaced: true),
    "\(group)/ClusterRoleBinding": binding(["ClusterRole"], isNamespaced: false),
  ]

  // MARK: - Rules

  private static func rules(_ field: Field, isNamespaced: Bool, _ errors: inout Findings) {
    for rule in field.elements {
      if rule["verbs"].isEmpty { errors.required(rule["verbs"], "verbs must contain at least one value") }
      let urls = rule["nonResourceURLs"]
      if urls.isEmpty {
        if rule["apiGroups"].isEmpty {
          errors.required(rule["apiGroups"], "resource rules must supply at least one api group")
        }
        if rule["resources"].isEmpty {
          errors.required(rule["resources"], "resource rules must supply at least one resource")
        }
        continue
      }
      if isNamespaced { errors.invalid(urls, "namespaced rules cannot apply to non-resource URLs") }
      if ["apiGroups", "resources", "resourceNames"].contains(where: { !rule[$0].isEmpty }) {
        errors.invalid(urls, "rules cannot apply to both regular resources and non-resource URLs")
      }
    }
  }

  private static func aggregation(_ rule: Field, _ errors: inout Findings) {
    if !rule.isSet { return }
    let selectors = rule["clusterRoleSelectors"]
    if selectors.isEmpty {
      errors.required(selectors, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    }
    for selector in selectors.elements {
      Selectors.validate(selector, &errors)
      if AppsRules.hasInvalidOperator(selector) {
        errors.invalid(selector, showing: .null, "invalid label selector.")
      }
    }
  }

  // MARK: - Bindings

  private static func binding(_ kinds: [String], isNamespaced: Bool) -> KindRules {
    KindRules(
      name: .pathSegment, checksFinalizers: true,
      content: { binding, errors in
        let role = binding["roleRef"]
        errors.oneOf(role["apiGroup"], [group])
        errors.oneOf(role["kind"], kinds)
        errors.checkRequired(role["name"], "", Names.pathSegment)
        for subject in binding["subjects"].elements {
          RBACRules.subject(subject, isNamespaced: isNamespaced, &errors)
        }
      },
      change: { new, old, errors in
        let role = new["roleRef"]
        let shown = GoStruct.value(role.value, as: "RoleRef")
        if shown != GoStruct.value(old["roleRef"], as: "RoleRef") {
          errors.invalid(role, showing: shown, "cannot change roleRef")
        }
      },
      steps: [.metadata, .content, .metadataUpdate, .change])
  }

  private static func subject(_ subject: Field, isNamespaced: Bool, _ errors: inout Findings) {
    let name = subject["name"]
    errors.requireText(name)
    switch subject["kind"].text {
    case "ServiceAccount":
      if name.hasText { errors.check(name, Names.dns1123Subdomain) }
      errors.oneOf(subject["apiGroup"], [""])
      if !isNamespaced { errors.requireText(subject["namespace"]) }
    case "User", "Group": errors.oneOf(subject["apiGroup"], [group])
    default: errors.oneOf(subject["kind"], ["ServiceAccount", "User", "Group"])
    }
  }
}
