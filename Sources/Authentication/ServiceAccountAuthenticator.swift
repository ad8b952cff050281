import Schema
import Security
import Store
import Values

/// Recognises service accounts by the bound tokens that TokenRequest issues: signature, issuer, audience and
/// times must be right, and the account and what the token is bound to must still exist
/// (KEP-1205; kubernetes/pkg/serviceaccount).
public struct ServiceAccountAuthenticator: TokenAuthenticator {
  private let reader: SignedTokenReader
  private let store: ObjectStore
  private let metrics: AuthenticationMetrics?
  private let now: @Sendable () -> Timestamp

  /// Clocks may differ by that many seconds, and deleted objects count for that long.
  static let leeway: Int64 = 60
  private static let invalidated = AuthenticationError("service account token has been invalidated")

  /// - Parameters:
  ///   - issuers: `--service-account-issuer`.
  ///   - apiAudiences: the audiences that the API server answers to.
  public init(
    store: ObjectStore, issuers: [String], keys: ServiceAccountKeys, apiAudiences: [String],
    metrics: AuthenticationMetrics? = nil, now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    reader = SignedTokenReader(
      issuers: Set(issuers), keys: keys, apiAudiences: apiAudiences, metrics: metrics)
    self.store = store
    self.metrics = metrics
    self.now = now
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard let token = try reader.read(token, audiences: audiences, &notes) else { return nil }
    let claims = ServiceAccountClaims(token.payload)
    let seconds = now().seconds
    try checkTimes(claims, seconds)
    try checkAccount(claims, seconds)
    if let secret = claims.secret { try checkBound(.secrets, secret, "secret", claims.namespace, seconds) }
    if let pod = claims.pod {
      try checkBound(.pods, pod, "pod", claims.namespace, seconds)
    } else if let node = claims.node {
      try checkBound(.nodes, node, "node", "", seconds)
    }
    note(claims, seconds, &notes)
    return AuthenticationResult(
      user: Self.user(claims), audiences: token.audiences, authenticator: "service-account")
  }

  /// Tells of a token that lives on though it should have been renewed.
  private func note(_ claims: ServiceAccountClaims, _ now: Int64, _ notes: inout AuthenticationNotes) {
    guard let limit = claims.warnAfter, limit != 0 else { return }
    guard now > limit else {
      metrics?.validTokens.increment()
      return
    }
    metrics?.staleTokens.increment()
    notes.auditAnnotations["authentication.k8s.io/stale-token"] =
      "subject: \(claims.subject), seconds after warning threshold: \(now - limit)"
  }

  private func checkTimes(_ claims: ServiceAccountClaims, _ now: Int64) throws(AuthenticationError) {
    if let start = claims.notBefore, start > now + Self.leeway {
      throw AuthenticationError("service account token is not valid yet")
    }
    // A token may claim any number, so that only the sides that can't overflow are added to.
    if let end = claims.expiry, end < now - Self.leeway {
      throw AuthenticationError("service account token has expired")
    }
    if let issued = claims.issuedAt, issued > now + Self.leeway {
      throw AuthenticationError("service account token is issued in the future")
    }
  }

  private func checkAccount(_ claims: ServiceAccountClaims, _ now: Int64) throws(AuthenticationError) {
    let reference = claims.serviceAccount
    let key = ObjectKey(namespace: claims.namespace, name: reference.name)
    guard let account = store.get(.serviceAccounts, key)?.value else {
      throw AuthenticationError(StatusError.notFound(.serviceAccounts, reference.name).message)
    }
    if Self.isGone(account, now) {
      throw AuthenticationError("service account \(key.namespace)/\(key.name) has been deleted")
    }
    if account.uid != reference.uid {
      throw AuthenticationError(
        "service account UID (\(account.uid)) does not match claim (\(reference.uid))")
    }
  }

  private func checkBound(
    _ resource: GroupResource, _ reference: ServiceAccountClaims.Reference, _ what: String,
    _ namespace: String, _ now: Int64
  ) throws(AuthenticationError) {
    let key = ObjectKey(namespace: namespace, name: reference.name)
    guard let object = store.get(resource, key)?.value, !Self.isGone(object, now) else {
      throw Self.invalidated
    }
    if object.uid != reference.uid {
      throw AuthenticationError(
        "\(what) UID (\(object.uid)) does not match service account \(what) ref claim (\(reference.uid))")
    }
  }

  private static func isGone(_ object: Value, _ now: Int64) -> Bool {
    guard let deletion = object[path: "metadata", "deletionTimestamp"]?.string,
      let time = Timestamp(rfc3339: deletion)
    else { return false }
    return time.seconds < now - leeway
  }

  private static func user(_ claims: ServiceAccountClaims) -> UserInfo {
    let identity = ServiceAccountIdentity(namespace: claims.namespace, name: claims.serviceAccount.name)
    var extra: [String: [String]] = [:]
    if !claims.id.isEmpty { extra[ExtraKey.credentialID] = ["JTI=\(claims.id)"] }
    if let pod = claims.pod, !pod.name.isEmpty, !pod.uid.isEmpty {
      extra[ExtraKey.podName] = [pod.name]
      extra[ExtraKey.podUID] = [pod.uid]
    }
    if let node = claims.node, !node.name.isEmpty {
      extra[ExtraKey.nodeName] = [node.name]
      if !node.uid.isEmpty { extra[ExtraKey.nodeUID] = [node.uid] }
    }
    return UserInfo(
      name: identity.username, uid: claims.serviceAccount.uid, groups: identity.groups, extra: extra)
  }
}

extension GroupResource {
  static let serviceAccounts = GroupResource(group: "", resource: "serviceaccounts")
  static let secrets = GroupResource(group: "", resource: "secrets")
  static let pods = GroupResource(group: "", resource: "pods")
  static let nodes = GroupResource(group: "", resource: "nodes")
}

extension Value {
  /// An object's metadata.uid, empty where it has none.
  var uid: String { self[path: "metadata", "uid"]?.string ?? "" }
}
