import Values

/// The tolerations of pods (core/v1 Toleration), as plugins add and compare them.
enum Tolerations {
  /// A toleration that holds whatever the taint's value is.
  static func exists(_ key: String, effect: String? = nil, seconds: Int64? = nil) -> Value {
    var toleration: Object = ["key": .string(key), "operator": "Exists"]
    if let effect { toleration["effect"] = .string(effect) }
    if let seconds { toleration["tolerationSeconds"] = .int(seconds) }
    return .object(toleration)
  }

  /// Both lists together, without those that another one of them covers.
  static func merged(_ first: [Value], _ second: [Value]) -> [Value] {
    let all = first + second
    var merged: [Value] = []
    for (index, toleration) in all.enumerated() {
      if merged.contains(where: { covers($0, toleration) }) { continue }
      let isCoveredLater = all[(index + 1)...].contains {
        covers($0, toleration) && !isSame($0, toleration)
      }
      if !isCoveredLater { merged.append(toleration) }
    }
    return merged
  }

  static func isSame(_ a: Value, _ b: Value) -> Bool {
    a.text("key") == b.text("key") && a.text("effect") == b.text("effect")
      && operation(a) == operation(b) && a.text("value") == b.text("value")
      && a["tolerationSeconds"]?.int == b["tolerationSeconds"]?.int
  }

  /// Whether the first tolerates all that the second does.
  static func covers(_ a: Value, _ b: Value) -> Bool {
    if isSame(a, b) { return true }
    if a.text("key") != b.text("key"), !a.text("key").isEmpty || operation(a) != "Exists" { return false }
    if a.text("effect") != b.text("effect"), !a.text("effect").isEmpty { return false }
    if a.text("effect") == "NoExecute", let seconds = a["tolerationSeconds"]?.int {
      guard let other = b["tolerationSeconds"]?.int, other <= seconds else { return false }
    }
    switch operation(a) {
    case "Exists": return true
    case "Equal": return operation(b) == "Equal" && a.text("value") == b.text("value")
    default: return false
    }
  }

  private static func operation(_ toleration: Value) -> String {
    let name = toleration.text("operator")
    return name.isEmpty ? "Equal" : name
  }
}
