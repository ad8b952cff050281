import Authentication

/// The ways to be allowed to impersonate, from the narrowest to the widest (KEP-5284).
///
/// All but the last need two permissions: `impersonate:MODE` for the identity, and
/// `impersonate-on:MODE:VERB` for the request that is made with it.
enum ImpersonationMode: String, CaseIterable {
  /// A service account may be the node that it runs on.
  case associatedNode = "associated-node"
  case arbitraryNode = "arbitrary-node"
  case serviceAccount = "serviceaccount"
  /// Anybody but nodes and service accounts.
  case userInfo = "user-info"
  /// The verb `impersonate`, for whatever request.
  case legacy = ""

  /// Stands for whichever node an account runs on.
  static let anyNode = SystemName.nodeUserPrefix + "*"

  /// As metrics call it.
  var label: String { self == .legacy ? "legacy" : rawValue }

  var isConstrained: Bool { self != .legacy }

  /// The verb that is asked about for the identity.
  var verb: String { isConstrained ? "impersonate:\(rawValue)" : "impersonate" }

  /// Whether the mode is for such a wish.
  func applies(to wanted: UserInfo, by requester: UserInfo) -> Bool {
    let isBare = wanted.uid.isEmpty && wanted.groups.isEmpty && wanted.extra.isEmpty
    let node = Self.node(wanted.name)
    let isServiceAccount = ServiceAccountIdentity(username: wanted.name) != nil
    switch self {
    case .associatedNode:
      return isBare && node != nil && ServiceAccountIdentity(username: requester.name) != nil
        && requester.extra[ExtraKey.nodeName] == node.map { [$0] }
    case .arbitraryNode: return isBare && node != nil
    case .serviceAccount: return isBare && isServiceAccount
    case .userInfo: return node == nil && !isServiceAccount
    case .legacy: return true
    }
  }

  /// The name in `system:node:NAME`; nil for other users.
  static func node(_ username: String) -> String? {
    guard username.utf8.starts(with: SystemName.nodeUserPrefix.utf8) else { return nil }
    let name = String(username.dropFirst(SystemName.nodeUserPrefix.count))
    return DNSName.isSubdomain(name) ? name : nil
  }
}
