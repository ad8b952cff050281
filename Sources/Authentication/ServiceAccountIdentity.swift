/// A service account as a user (k8s.io/apiserver/pkg/authentication/serviceaccount).
public struct ServiceAccountIdentity: Sendable, Hashable {
  public var namespace: String
  public var name: String

  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  private static let prefix = "system:serviceaccount:"
  private static let groupPrefix = "system:serviceaccounts:"

  /// Reads `system:serviceaccount:NAMESPACE:NAME`; nil for any other user name.
  public init?(username: String) {
    guard username.utf8.starts(with: Self.prefix.utf8) else { return nil }
    let parts = username.dropFirst(Self.prefix.count).split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, DNSName.isLabel(parts[0]), DNSName.isSubdomain(parts[1]) else {
      return nil
    }
    self.init(namespace: String(parts[0]), name: String(parts[1]))
  }

  /// `system:serviceaccount:NAMESPACE:NAME`.
  public var username: String { "\(Self.prefix)\(namespace):\(name)" }

  /// The groups that every service account of the namespace is in.
  public var groups: [String] { [SystemName.serviceAccountsGroup, Self.groupPrefix + namespace] }
}
