import Values

/// Objects of one kind in another version or group of theirs: what is stored once is served in several.
public enum KindConversion {
  /// The object as the kind shows it. Kinds that differ in nothing but their version are only renamed.
  public static func convert(_ object: Value, to kind: GroupVersionKind) -> Value {
    var result = object
    let from = GroupVersion(apiVersion: object["apiVersion"]?.string ?? "")
    switch (from?.apiVersion, kind.apiVersion, kind.kind) {
    case ("v1", "events.k8s.io/v1", "Event"): EventConversion.toEvents(&result)
    case ("events.k8s.io/v1", "v1", "Event"): EventConversion.toCore(&result)
    case ("autoscaling/v2", "autoscaling/v1", "HorizontalPodAutoscaler"): AutoscalerConversion.toV1(&result)
    case ("autoscaling/v1", "autoscaling/v2", "HorizontalPodAutoscaler"): AutoscalerConversion.toV2(&result)
    default: break
    }
    result["kind"] = .string(kind.kind)
    result["apiVersion"] = .string(kind.apiVersion)
    return result
  }
}

/// Gives members other names; one that is missing stays so.
func rename(_ names: [(from: String, to: String)], in object: inout Value) {
  for (from, to) in names {
    guard let value = object[from] else { continue }
    object[from] = nil
    object[to] = value
  }
}
