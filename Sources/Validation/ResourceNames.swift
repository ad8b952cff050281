import Schema
import Values

/// Names and amounts of resources (pkg/apis/core/helper, pkg/apis/core/validation).
enum ResourceNames {
  private static let counted: Set<String> = [
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
  ]
  private static let quota: Set<String> = counted.union([
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage",
    "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
  ])

  static func isHugePage(_ name: String) -> Bool { name.hasPrefix("hugepages-") }

  private static func isQuotaHugePage(_ name: String) -> Bool {
    isHugePage(name) || name.hasPrefix("requests.hugepages-")
  }

  /// Without a domain, or of Kubernetes' own.
  static func isNative(_ name: String) -> Bool { !name.contains("/") || name.contains("kubernetes.io/") }

  static func isExtended(_ name: String) -> Bool {
    !isNative(name) && !name.hasPrefix("requests.") && Names.qualified("requests.\(name)").isEmpty
  }

  static func allowsOvercommit(_ name: String) -> Bool { isNative(name) && !isHugePage(name) }

  static func isQuotaStandard(_ name: String) -> Bool { quota.contains(name) || isQuotaHugePage(name) }

  private static func isStandard(_ name: String) -> Bool {
    quota.contains(name) || name == "storage" || isQuotaHugePage(name)
  }

  private static func isContainerStandard(_ name: String) -> Bool {
    ["cpu", "memory", "ephemeral-storage"].contains(name) || isHugePage(name)
  }

  // MARK: - Checks

  /// The entry's key must name a resource.
  static func any(_ name: String, _ entry: Field, _ errors: inout Findings) {
    let faults = Names.qualified(name)
    for message in faults { errors.invalid(entry, showing: .string(name), message) }
    if faults.isEmpty, !name.contains("/"), !isStandard(name) {
      errors.invalid(entry, showing: .string(name), "must be a standard resource type or fully qualified")
    }
  }

  static func container(_ name: String, _ entry: Field, _ errors: inout Findings) {
    any(name, entry, &errors)
    if !name.contains("/") {
      if !isContainerStandard(name) {
        errors.invalid(entry, showing: .string(name), "must be a standard resource for containers")
      }
    } else if !isNative(name), !isExtended(name) {
      errors.invalid(entry, showing: .string(name), "doesn't follow extended resource name standard")
    }
  }

  static func pod(_ name: String, _ entry: Field, _ errors: inout Findings) {
    let before = errors.count
    any(name, entry, &errors)
    if errors.count == before, !["cpu", "memory"].contains(name), !isHugePage(name) {
      errors.append(.notSupported(entry.path, .string(name), ["cpu", "hugepages-", "memory"]))
    }
  }

  static func quota(_ name: String, _ entry: Field, _ errors: inout Findings) {
    any(name, entry, &errors)
    if !name.contains("/"), !isQuotaStandard(name) {
      errors.invalid(entry, showing: .string(name), "must be a standard resource for quota")
    }
  }

  /// The amount must not be negative, and whole where the resource is counted.
  static func amount(_ name: String, _ entry: Field, _ errors: inout Findings) {
    guard let quantity = entry.quantity else { return }
    if quantity.sign < 0 { errors.invalid(entry, showing: .string(quantity.description), Texts.nonNegative) }
    if counted.contains(name) || isExtended(name), quantity.milliValue % 1000 != 0 {
      errors.invalid(entry, showing: .string(quantity.description), "must be an integer")
    }
  }

  static func positive(_ entry: Field, _ errors: inout Findings) {
    guard let quantity = entry.quantity, quantity.sign <= 0 else { return }
    errors.invalid(entry, showing: .string(quantity.description), "must be greater than zero")
  }
}
