/// How much a pod may do (Kubernetes documentation, "Pod Security Standards"), from the least strict.
public enum PodSecurityLevel: String, Sendable, Hashable, Comparable {
  case privileged
  case baseline
  case restricted

  private var rank: Int {
    switch self {
    case .privileged: 0
    case .baseline: 1
    case .restricted: 2
    }
  }

  public static func < (a: PodSecurityLevel, b: PodSecurityLevel) -> Bool { a.rank < b.rank }
}

/// The release whose rules of a level hold.
public enum PodSecurityVersion: Sendable, Hashable, CustomStringConvertible {
  case latest
  /// `v1.minor`
  case minor(Int)

  /// Reads `latest` or `v1.N`; nil for anything else.
  public init?(_ text: String) {
    if text == "latest" {
      self = .latest
      return
    }
    guard text.hasPrefix("v1.") else { return nil }
    let digits = text.dropFirst(3)
    let isNumber = !digits.isEmpty && digits.utf8.count <= 9 && digits.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    guard isNumber, digits == "0" || !digits.hasPrefix("0"), let minor = Int(digits) else { return nil }
    self = .minor(minor)
  }

  public var description: String {
    switch self {
    case .latest: "latest"
    case .minor(let minor): "v1.\(minor)"
    }
  }

  /// Whether rules that came with a release hold.
  func includes(_ minor: Int) -> Bool {
    switch self {
    case .latest: true
    case .minor(let own): own >= minor
    }
  }
}

/// A level in a version, written `restricted:latest`.
public struct PodSecurityRule: Sendable, Hashable, CustomStringConvertible {
  public var level: PodSecurityLevel
  public var version: PodSecurityVersion

  public init(_ level: PodSecurityLevel, _ version: PodSecurityVersion = .latest) {
    self.level = level
    self.version = version
  }

  public var description: String { "\(level.rawValue):\(version)" }
}
