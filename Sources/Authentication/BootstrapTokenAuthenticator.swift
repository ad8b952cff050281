import Security
import Store
import Values

/// Recognises bootstrap tokens, with which new nodes ask for their certificates: a token `ID.SECRET` is that
/// of the Secret `kube-system/bootstrap-token-ID` (`--enable-bootstrap-token-auth`; Kubernetes documentation,
/// "Authenticating with Bootstrap Tokens").
///
/// A token that is no good in whatever way is not recognised, and no error: another authenticator may know it.
public struct BootstrapTokenAuthenticator: TokenAuthenticator {
  private let store: ObjectStore
  private let now: @Sendable () -> Timestamp

  /// - Parameter store: holds the Secrets.
  public init(store: ObjectStore, now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.store = store
    self.now = now
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let parts = BootstrapToken.split(token) else { return nil }
    let key = ObjectKey(
      namespace: BootstrapToken.namespace, name: BootstrapToken.secretNamePrefix + parts.id)
    guard let object = store.get(.secrets, key)?.value, let kept = BootstrapToken(object),
      !kept.isBeingDeleted, Digest.constantTimeEquals(kept.secret, Array(parts.secret.utf8)),
      kept.id == parts.id, !kept.isExpired(at: now()), kept.isForAuthentication, let groups = kept.groups
    else { return nil }
    return AuthenticationResult(
      user: UserInfo(name: BootstrapToken.userPrefix + kept.id, groups: groups),
      authenticator: "bootstrap-token")
  }
}

/// A bootstrap token as its Secret of type `bootstrap.kubernetes.io/token` holds it (Kubernetes documentation,
/// "Bootstrap Token Secret Format").
public struct BootstrapToken: Sendable {
  public static let namespace = "kube-system"
  public static let secretType = "bootstrap.kubernetes.io/token"
  public static let secretNamePrefix = "bootstrap-token-"
  static let userPrefix = "system:bootstrap:"
  static let group = "system:bootstrappers"
  private static let groupPrefix = "system:bootstrappers:"

  private let data: Value?
  /// Whether the Secret is on its way out.
  public let isBeingDeleted: Bool

  /// Nil where the object is no Secret of the type, or holds nothing.
  public init?(_ secret: Value) {
    guard secret["type"]?.string == Self.secretType, let data = secret["data"], data.object != nil else {
      return nil
    }
    self.data = data
    isBeingDeleted = secret[path: "metadata", "deletionTimestamp"]?.string != nil
  }

  /// `token-id`.
  public var id: String { text("token-id") }
  /// `token-secret`.
  public var secret: [UInt8] { bytes("token-secret") }
  /// `usage-bootstrap-authentication`.
  public var isForAuthentication: Bool { text("usage-bootstrap-authentication") == "true" }
  /// `usage-bootstrap-signing`.
  public var isForSigning: Bool { text("usage-bootstrap-signing") == "true" }

  /// Seconds until the token ends, never less than 0; nil where it doesn't. A time that can't be read is past.
  public func remainingSeconds(at now: Timestamp) -> Int64? {
    let text = text("expiration")
    if text.isEmpty { return nil }
    guard let end = Timestamp(rfc3339: text) else { return 0 }
    return max(0, end.seconds - now.seconds)
  }

  public func isExpired(at now: Timestamp) -> Bool { remainingSeconds(at: now) == 0 }

  /// The groups of whoever shows the token, in their order; nil where `auth-extra-groups` names one that
  /// bootstrap tokens may not be in.
  public var groups: [String]? {
    var groups: Set = [Self.group]
    let extra = text("auth-extra-groups")
    if !extra.isEmpty {
      for group in extra.split(separator: ",", omittingEmptySubsequences: false) {
        guard Self.isExtraGroup(group) else { return nil }
        groups.insert(String(group))
      }
    }
    return groups.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// `[a-z0-9]{6}.[a-z0-9]{16}`; nil for any other text.
  public static func split(_ token: String) -> (id: String, secret: String)? {
    guard token.utf8.count == 23 else { return nil }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 6,
      parts.allSatisfy({ $0.utf8.allSatisfy(isLowerAlphanumeric) })
    else { return nil }
    return (String(parts[0]), String(parts[1]))
  }

  /// `system:bootstrappers:` and up to 256 of `a-z0-9:-`, of which the last is a letter or a digit.
  private static func isExtraGroup(_ group: Substring) -> Bool {
    let bytes = Array(group.utf8)
    let prefix = Array(groupPrefix.utf8)
    guard bytes.starts(with: prefix) else { return false }
    let rest = bytes.dropFirst(prefix.count)
    guard let last = rest.last, isLowerAlphanumeric(last), rest.count <= 256 else { return false }
    return rest.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-") }
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private func text(_ key: String) -> String { String(decoding: bytes(key), as: UTF8.self) }

  private func bytes(_ key: String) -> [UInt8] {
    data?[key]?.string.flatMap { try? Base64.decode($0) } ?? []
  }
}
