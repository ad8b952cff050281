import Schema
import Values

/// A condition on the objects that a quota counts (core/v1 ScopedResourceSelectorRequirement).
public struct QuotaScope: Sendable, Hashable {
  public var name: String
  /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
  public var operation: String
  public var values: [String]

  public init(_ name: String, operation: String = "Exists", values: [String] = []) {
    self.name = name
    self.operation = operation
    self.values = values
  }

  /// The scopes of a ResourceQuota: `spec.scopes` and `spec.scopeSelector`.
  public static func scopes(of quota: Value) -> [QuotaScope] {
    let named = (quota["spec"]?["scopes"]?.strings ?? []).map { QuotaScope($0) }
    let selected = (quota["spec"]?["scopeSelector"]?.list("matchExpressions") ?? []).map {
      QuotaScope($0.text("scopeName"), operation: $0.text("operator"), values: $0["values"]?.strings ?? [])
    }
    return named + selected
  }

  /// Whether the class that an object names, if any, is one of those that are asked for.
  func matches(class name: String?) -> Bool {
    switch operation {
    case "Exists": name != nil
    case "DoesNotExist": name == nil
    case "In": name.map(values.contains) ?? false
    case "NotIn": name.map { !values.contains($0) } ?? true
    default: false
    }
  }
}
