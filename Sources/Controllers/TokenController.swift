import APIServer
import Schema
import Store
import Values

/// Fills Secrets of type `kubernetes.io/service-account-token` with a token of their service account, and
/// removes those whose account is gone (Kubernetes documentation, "Managing Service Accounts", token
/// controller).
public struct TokenController: Reconciler {
  public enum Key: Hashable, Sendable {
    case secret(ObjectKey)
    /// An account that is gone.
    case account(ObjectKey, uid: String)
    /// A Secret that is gone, which its account may still list.
    case reference(secret: ObjectKey, account: String, uid: String)
  }

  /// Makes the token of a Secret; nil where no key can sign one.
  public typealias Issue =
    @Sendable (
      _ secret: ObjectKey, _ account: String, _ uid: String
    ) async throws -> String?

  static let type = "kubernetes.io/service-account-token"
  static let accountName = "kubernetes.io/service-account.name"
  static let accountUID = "kubernetes.io/service-account.uid"

  public let name = "serviceaccount-token-controller"
  private let client: LoopbackClient
  private let certificateAuthority: [UInt8]
  private let issue: Issue

  /// - Parameter certificateAuthority: what pods verify the server by, PEM.
  public init(client: LoopbackClient, certificateAuthority: String, issue: @escaping Issue) {
    self.client = client
    self.certificateAuthority = Array(certificateAuthority.utf8)
    self.issue = issue
  }

  // MARK: - What changed

  public func keys(for change: StoreChange) -> [Key] {
    switch change.resource {
    case .secrets:
      let secret = change.object.value
      guard Self.isToken(secret) else { return [] }
      guard change.kind == .deleted else { return [.secret(change.object.key)] }
      return [
        .reference(
          secret: change.object.key, account: Self.annotation(secret, Self.accountName),
          uid: Self.annotation(secret, Self.accountUID))
      ]
    case .serviceAccounts:
      return change.kind == .deleted ? [.account(change.object.key, uid: change.object.value.uid)] : []
    default: return []
    }
  }

  public func initialKeys() -> [Key] {
    client.store.list(.secrets).filter { Self.isToken($0.value) }.map { .secret($0.key) }
  }

  private static func isToken(_ secret: Value) -> Bool { secret["type"]?.string == type }

  private static func annotation(_ object: Value, _ key: String) -> String {
    object["metadata"]?["annotations"]?[key]?.string ?? ""
  }

  // MARK: - What to do about it

  public func reconcile(_ key: Key) async throws {
    switch key {
    case .secret(let key): try await fill(key)
    case .account(let account, let uid):
      for secret in client.store.list(.secrets, namespace: account.namespace)
      where Self.isToken(secret.value) && Self.annotation(secret.value, Self.accountName) == account.name {
        let named = Self.annotation(secret.value, Self.accountUID)
        if named.isEmpty || named == uid { try await fill(secret.key) }
      }
    case .reference(let secret, let account, let uid):
      try await forget(secret, account: account, uid: uid)
    }
  }

  private func fill(_ key: ObjectKey) async throws {
    guard let secret = client.get(.secrets, namespace: key.namespace, name: key.name), Self.isToken(secret),
      !secret.isBeingDeleted
    else { return }
    let accountName = Self.annotation(secret, Self.accountName)
    let named = Self.annotation(secret, Self.accountUID)
    guard let account = client.get(.serviceAccounts, namespace: key.namespace, name: accountName),
      named.isEmpty || named == account.uid
    else {
      return try await tolerating(404) { () throws(StatusError) in
        try await client.delete(
          .secrets, namespace: key.namespace, name: key.name, uid: secret.uid,
          resourceVersion: secret["metadata"]?["resourceVersion"]?.string)
      }
    }
    guard !isComplete(secret["data"]) else { return }
    guard let token = try await issue(key, accountName, account.uid) else { return }
    let uid = secret.uid
    // An immutable Secret stays as it is.
    try await tolerating(404, 422) { () throws(StatusError) in
      try await client.update(.secrets, namespace: key.namespace, name: key.name) { secret in
        guard secret.uid == uid, !isComplete(secret["data"]) else { return nil }
        return filled(secret, key.namespace, account, token)
      }
    }
  }

  private func isComplete(_ data: Value?) -> Bool {
    hasContent(data?["token"]) && hasContent(data?["namespace"])
      && data?["ca.crt"]?.string == Base64.encode(certificateAuthority)
  }

  private func hasContent(_ entry: Value?) -> Bool { entry?.string?.isEmpty == false }

  private func filled(_ secret: Value, _ namespace: String, _ account: Value, _ token: String) -> Value {
    var secret = secret
    secret.set(account["metadata"]?["name"], at: ["metadata", "annotations", Self.accountName])
    secret.set(.string(account.uid), at: ["metadata", "annotations", Self.accountUID])
    secret.set(.string(Base64.encode(certificateAuthority)), at: ["data", "ca.crt"])
    if !hasContent(secret["data"]?["namespace"]) {
      secret.set(.string(Base64.encode(Array(namespace.utf8))), at: ["data", "namespace"])
    }
    if !hasContent(secret["data"]?["token"]) {
      secret.set(.string(Base64.encode(Array(token.utf8))), at: ["data", "token"])
    }
    return secret
  }

  /// Takes a Secret that is gone off its account's list.
  private func forget(_ secret: ObjectKey, account: String, uid: String) async throws {
    guard !account.isEmpty, client.store.get(.secrets, secret) == nil,
      let listed = client.get(.serviceAccounts, namespace: secret.namespace, name: account)?["secrets"]?
        .array,
      listed.contains(where: { $0["name"]?.string == secret.name })
    else { return }
    try await tolerating(404) { () throws(StatusError) in
      try await client.update(.serviceAccounts, namespace: secret.namespace, name: account) { account in
        guard uid.isEmpty || account.uid == uid, let listed = account["secrets"]?.array else { return nil }
        var account = account
        let kept = listed.filter { $0["name"]?.string != secret.name }
        account["secrets"] = kept.isEmpty ? nil : .array(kept)
        return account
      }
    }
  }
}
