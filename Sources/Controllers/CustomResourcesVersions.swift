import Schema
import Values

/// The names of versions: which are preferred, and which are on their way out
/// (Kubernetes documentation, "Versions in CustomResourceDefinitions", version priority).
enum CustomResourceVersions {
  /// `v2beta1` in its parts.
  private struct Parts {
    var major: Int
    /// 2 for versions that are neither alpha nor beta, 1 for beta, 0 for alpha.
    var stability: Int
    var minor: Int

    init?(_ text: String) {
      guard let expression = Self.expression, expression.matches(text) else { return nil }
      let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
      guard let major = numbers.first else { return nil }
      self.major = major
      stability = text.contains("alpha") ? 0 : text.contains("beta") ? 1 : 2
      minor = numbers.count > 1 ? numbers[1] : 0
    }

    private static let expression = try? RegularExpression("^v[1-9][0-9]{0,8}((alpha|beta)[1-9][0-9]{0,8})?$")

    var order: (Int, Int, Int) { (stability, major, minor) }
  }

  /// Stable versions come before beta and alpha ones, higher ones before lower ones, and all of them before
  /// names of other forms, which are in the order of the alphabet.
  static func isPreferred(_ a: String, to b: String) -> Bool {
    switch (Parts(a), Parts(b)) {
    case (let a?, let b?): a.order > b.order
    case (.some, nil): true
    case (nil, .some): false
    case (nil, nil): a < b
    }
  }

  /// What clients of a deprecated version are told; nil for one that is not.
  static func warning(_ version: Value, group: String, kind: String, all: [Value]) -> String? {
    guard version["deprecated"]?.bool == true else { return nil }
    if let own = version["deprecationWarning"]?.string { return own }
    let name = version["name"]?.string ?? ""
    let better = all.filter { $0["served"]?.bool == true && $0["deprecated"]?.bool != true }
      .compactMap { $0["name"]?.string }.filter { isPreferred($0, to: name) }
      .sorted { isPreferred($0, to: $1) }
    let text = "\(group)/\(name) \(kind) is deprecated"
    return better.first.map { "\(text); use \(group)/\($0) \(kind)" } ?? text
  }
}
