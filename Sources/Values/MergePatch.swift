/// JSON merge patch (RFC 7386).
public enum MergePatch {
  /// The document after the patch: members that are null in the patch are removed, objects are merged,
  /// everything else, arrays too, is replaced.
  public static func apply(_ patch: Value, to document: Value) -> Value {
    guard case .object(let changes) = patch else { return patch }
    var result = document.object ?? [:]
    for (key, change) in changes {
      switch change {
      case .null: result.removeValue(forKey: key)
      case .object:
        let current = result[key] ?? .null
        result[key] = apply(change, to: current)
      default: result[key] = change
      }
    }
    return .object(result)
  }

  /// The patch that makes `modified` of `original`, both objects: what differs, and null for what is gone.
  public static func difference(from original: Object, to modified: Object) -> Object {
    var patch = Object()
    for (key, value) in modified {
      guard let before = original[key] else {
        patch[key] = value
        continue
      }
      if before == value { continue }
      if case .object(let a) = before, case .object(let b) = value {
        patch[key] = .object(difference(from: a, to: b))
      } else {
        patch[key] = value
      }
    }
    for (key, _) in original where !modified.contains(key) { patch[key] = .null }
    return patch
  }
}
