import Schema
import Security
import Store
import Values

/// Issues the tokens of service accounts: bound ones for TokenRequest, and those of Secrets
/// (KEP-1205; kubernetes/pkg/registry/core/serviceaccount/storage).
public struct ServiceAccountTokenIssuer: Sendable {
  /// The answer to a TokenRequest.
  public struct Issued: Sendable {
    /// The TokenRequest with its status.
    public var value: Value
    /// Texts of `Warning` headers.
    public var warnings: [String]
    public var auditAnnotations: [String: String]
  }

  /// The flags that concern issuing.
  public struct Configuration: Sendable {
    /// The first `--service-account-issuer`.
    public var issuer: String
    public var apiAudiences: [String]
    /// `--service-account-max-token-expiration` in seconds; 0 for no limit.
    public var maximumExpiration: Int64
    /// `--service-account-extend-token-expiration`: whether mounted tokens live on when they should have
    /// been renewed.
    public var extendsExpiration: Bool

    public init(
      issuer: String, apiAudiences: [String], maximumExpiration: Int64 = 0, extendsExpiration: Bool = true
    ) {
      self.issuer = issuer
      self.apiAudiences = apiAudiences
      self.maximumExpiration = maximumExpiration
      self.extendsExpiration = extendsExpiration
    }
  }

  /// What kubelets ask for on behalf of mounted tokens; only then the expiration is extended.
  private static let mountedExpiration: Int64 = 3607
  private static let extendedExpiration: Int64 = 365 * 24 * 3600

  private let store: ObjectStore
  private let key: PrivateKey
  private let keyID: String
  private let configuration: Configuration
  private let now: @Sendable () -> Timestamp

  public init(
    store: ObjectStore, key: PrivateKey, configuration: Configuration,
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.store = store
    self.key = key
    keyID = KeyID.of(key.publicKey)
    self.configuration = configuration
    self.now = now
  }

  /// Answers a TokenRequest for the service account that the path names.
  ///
  /// - Parameter validate: validating admission of the request as it is completed, before a token is made.
  /// - Throws: 400, 404, 409 and 422 in the words of the real server.
  public func issue(
    _ object: Value, namespace: String, name: String,
    validate: (Value) async throws(StatusError) -> Void = { _ in }
  ) async throws(StatusError) -> Issued {
    var request = TokenRequest(object)
    try request.checkNames(namespace: namespace, name: name)
    guard let account = store.get(.serviceAccounts, ObjectKey(namespace: namespace, name: name))?.value else {
      throw .notFound(.serviceAccounts, name)
    }
    if request.audiences.isEmpty { request.audiences = configuration.apiAudiences }
    let start = now()
    try complete(&request.object, account, namespace, name, start)
    try request.checkExpiration()
    try await validate(request.value)

    var claims = ServiceAccountClaims()
    claims.namespace = namespace
    claims.serviceAccount = .init(name: name, uid: account.uid)
    if let reference = request.boundObject { try bind(&claims, to: reference) }
    var warnings: [String] = []
    let maximum = configuration.maximumExpiration
    if maximum > 0, request.expirationSeconds > maximum {
      warnings.append(
        "requested expiration of \(request.expirationSeconds) seconds shortened to \(maximum) seconds")
      request.expirationSeconds = maximum
    }
    let token = try sign(&claims, request, start)

    var value = request.value
    value["status"] = [
      "token": .string(token),
      "expirationTimestamp": .string(start.adding(seconds: request.expirationSeconds).rfc3339),
    ]
    return Issued(
      value: value, warnings: warnings,
      auditAnnotations: ["authentication.kubernetes.io/issued-credential-id": "JTI=\(claims.id)"])
  }

  /// The text of the token for a Secret of type `kubernetes.io/service-account-token`.
  /// - Throws: where the key can't sign.
  public func legacyToken(
    namespace: String, serviceAccount: String, uid: String, secretName: String
  ) throws(SecurityError) -> String {
    let claims = LegacyClaims(
      account: ServiceAccountIdentity(namespace: namespace, name: serviceAccount), accountUID: uid,
      secretName: secretName)
    return try JWS.sign(payload: JSON.encode(claims.payload), key: key, keyID: keyID)
  }

  // MARK: -

  /// Fills in the metadata of the answer.
  private func complete(
    _ object: inout Value, _ account: Value, _ namespace: String, _ name: String, _ start: Timestamp
  ) throws(StatusError) {
    let uid = object.uid
    if !uid.isEmpty, uid != account.uid {
      throw .conflict(
        GroupResource(group: TokenRequest.kind.group, resource: TokenRequest.kind.kind), name,
        "the UID in the token request (\(uid)) does not match the UID of the service account (\(account.uid))"
      )
    }
    object.set(.string(name), at: ["metadata", "name"])
    object.set(.string(namespace), at: ["metadata", "namespace"])
    object.set(.string(account.uid), at: ["metadata", "uid"])
    object.set(.string(start.rfc3339), at: ["metadata", "creationTimestamp"])
  }

  private func bind(
    _ claims: inout ServiceAccountClaims, to reference: TokenRequest.BoundObjectReference
  ) throws(StatusError) {
    let kind = reference.groupVersionKind
    let bound: ServiceAccountClaims.Reference
    switch (kind.group, kind.kind) {
    case ("", "Pod"):
      let pod = try boundObject(.pods, claims.namespace, reference.name)
      guard pod[path: "spec", "serviceAccountName"]?.string == claims.serviceAccount.name else {
        throw .badRequest(
          "cannot bind token for serviceaccount \(GoText.quoted(claims.serviceAccount.name)) "
            + "to pod running with different serviceaccount name.")
      }
      bound = .init(name: reference.name, uid: pod.uid)
      claims.pod = bound
      if let node = pod[path: "spec", "nodeName"]?.string, !node.isEmpty {
        claims.node = .init(
          name: node, uid: store.get(.nodes, ObjectKey(namespace: "", name: node))?.value.uid ?? "")
      }
    case ("", "Secret"):
      bound = .init(
        name: reference.name, uid: try boundObject(.secrets, claims.namespace, reference.name).uid)
      claims.secret = bound
    case ("", "Node"):
      bound = .init(name: reference.name, uid: try boundObject(.nodes, "", reference.name).uid)
      claims.node = bound
    default:
      throw .badRequest("cannot bind token to object of type \(kind)")
    }
    if !reference.uid.isEmpty, reference.uid != bound.uid {
      throw .conflict(
        GroupResource(group: kind.group, resource: kind.kind), reference.name,
        "the UID in the bound object reference (\(reference.uid)) does not match the UID in record. "
          + "The object might have been deleted and then recreated")
    }
  }

  private func boundObject(
    _ resource: GroupResource, _ namespace: String, _ name: String
  ) throws(StatusError) -> Value {
    if name.isEmpty { throw .badRequest("Name parameter required.") }
    guard let object = store.get(resource, ObjectKey(namespace: namespace, name: name))?.value else {
      throw .notFound(resource, name)
    }
    return object
  }

  private func sign(
    _ claims: inout ServiceAccountClaims, _ request: TokenRequest, _ start: Timestamp
  ) throws(StatusError) -> String {
    var duration = request.expirationSeconds
    if configuration.extendsExpiration, claims.pod != nil, duration == Self.mountedExpiration,
      request.audiences.allSatisfy(configuration.apiAudiences.contains)
    {
      claims.warnAfter = start.seconds + duration
      duration = Self.extendedExpiration
    }
    let identity = ServiceAccountIdentity(namespace: claims.namespace, name: claims.serviceAccount.name)
    claims.issuer = configuration.issuer
    claims.subject = identity.username
    claims.audiences = request.audiences
    claims.issuedAt = start.seconds
    claims.notBefore = start.seconds
    claims.expiry = start.seconds + duration
    claims.id = RandomText.uuid()
    do throws(SecurityError) {
      return try JWS.sign(payload: JSON.encode(claims.payload), key: key, keyID: keyID)
    } catch {
      throw .unexpected("failed to generate token: \(error)")
    }
  }
}
