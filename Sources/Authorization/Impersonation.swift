import Authentication
import Schema
import Values

/// Decides whether a user may act as another, and who that other is (Kubernetes documentation, User
/// Impersonation; KEP-5284).
public struct Impersonation: Sendable {
  /// Whom a request is made as from now on.
  public struct Outcome: Sendable, Equatable {
    public var user: UserInfo
    /// `impersonate:MODE` for the audit event; nil where the verb `impersonate` allowed it.
    public var constraint: String?
  }

  public typealias Authorize = @Sendable (AuthorizationAttributes) async -> AuthorizationDecision

  /// From that many groups or extra values on, permission for all of them (`*`) is asked about first.
  private static let many = 4
  private static let authenticationGroup = "authentication.k8s.io"

  private let authorize: Authorize
  private let modes: [ImpersonationMode]

  /// - Parameters:
  ///   - constrained: the feature gate ConstrainedImpersonation; without it only the verb `impersonate`
  ///     counts.
  ///   - authorize: the authorizer.
  public init(constrained: Bool = true, authorize: @escaping Authorize) {
    self.authorize = authorize
    modes = constrained ? ImpersonationMode.allCases : [.legacy]
  }

  /// Who the requester becomes.
  ///
  /// - Parameter attributes: the request that is made, with the requester as its user.
  /// - Throws: 403 in the words of the verb `impersonate` where no mode allows it.
  public func impersonate(
    _ request: ImpersonationRequest, _ attributes: AuthorizationAttributes
  ) async throws(StatusError) -> Outcome {
    var refusal = StatusError.unexpected("all impersonation modes failed")
    for mode in modes where mode.applies(to: request.user, by: attributes.user) {
      do throws(StatusError) {
        return try await impersonate(request.user, mode, attributes)
      } catch {
        refusal = error
      }
    }
    throw refusal
  }

  private func impersonate(
    _ wanted: UserInfo, _ mode: ImpersonationMode, _ attributes: AuthorizationAttributes
  ) async throws(StatusError) -> Outcome {
    var requester = attributes.user
    if mode == .associatedNode {
      // The permission is for whichever node the account runs on, so that what tells nodes apart is left out.
      requester.extra = ["authentication.kubernetes.io/associated-node-keys": requester.extra.keys.sorted()]
    }
    if mode.isConstrained {
      var onRequest = attributes
      onRequest.user = requester
      onRequest.verb = "impersonate-on:\(mode.rawValue):\(attributes.verb)"
      try await check(onRequest)
      if let problem = Self.problem(wanted) { throw .forbidden(onRequest, reason: problem) }
    }
    for check in Self.checks(wanted, mode, requester) { try await pass(check) }
    return Outcome(user: Self.completed(wanted, mode), constraint: mode.isConstrained ? mode.verb : nil)
  }

  // MARK: Checks

  /// Permissions of which one is enough.
  struct Check {
    var anyOf: [[AuthorizationAttributes]]
  }

  /// Passes where all permissions of one alternative are there; else the last alternative says why not.
  private func pass(_ check: Check) async throws(StatusError) {
    for (position, alternative) in check.anyOf.enumerated() {
      do throws(StatusError) {
        for attributes in alternative { try await self.check(attributes) }
        return
      } catch {
        if position == check.anyOf.count - 1 { throw error }
      }
    }
  }

  private func check(_ attributes: AuthorizationAttributes) async throws(StatusError) {
    let decision = await authorize(attributes)
    if decision.isAllowed { return }
    let parts = [decision.error ?? "", decision.reason].filter { !$0.isEmpty }
    throw .forbidden(attributes, reason: parts.joined(separator: ": "))
  }

  /// The permissions that the identity needs, in the order in which they are asked about.
  static func checks(_ wanted: UserInfo, _ mode: ImpersonationMode, _ requester: UserInfo) -> [Check] {
    func attributes(
      _ group: String, _ resource: String, _ name: String, namespace: String = "", subresource: String = ""
    ) -> AuthorizationAttributes {
      AuthorizationAttributes(
        user: requester, verb: mode.verb, namespace: namespace, apiGroup: group, apiVersion: "v1",
        resource: resource, subresource: subresource, name: name)
    }
    let group = mode.isConstrained ? authenticationGroup : ""
    var checks: [Check] = []
    func need(_ attributes: AuthorizationAttributes) { checks.append(Check(anyOf: [[attributes]])) }

    if mode.isConstrained, let node = ImpersonationMode.node(wanted.name) {
      need(attributes(group, "nodes", mode == .associatedNode ? "*" : node))
    } else if let account = ServiceAccountIdentity(username: wanted.name) {
      need(attributes(group, "serviceaccounts", account.name, namespace: account.namespace))
    } else {
      need(attributes(group, "users", wanted.name))
    }
    if !wanted.uid.isEmpty { need(attributes(authenticationGroup, "uids", wanted.uid)) }

    let each = wanted.groups.map { attributes(group, "groups", $0) }
    let allGroups = mode.isConstrained && each.count >= many ? [[attributes(group, "groups", "*")]] : []
    if !each.isEmpty { checks.append(Check(anyOf: allGroups + [each])) }

    let keys = wanted.extra.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let values = keys.flatMap { key in
      (wanted.extra[key] ?? []).map { attributes(authenticationGroup, "userextras", $0, subresource: key) }
    }
    let allExtra =
      mode.isConstrained && max(values.count, keys.count) >= many
      ? [[attributes(authenticationGroup, "userextras", "*", subresource: "*")]] : []
    if !values.isEmpty { checks.append(Check(anyOf: allExtra + [values])) }
    return checks
  }

  /// What the constrained modes never allow, in words.
  private static func problem(_ wanted: UserInfo) -> String? {
    if wanted.groups.contains("") { return "impersonating the empty string group is not allowed" }
    if wanted.groups.contains(SystemName.mastersGroup) {
      return "impersonating the system:masters group is not allowed"
    }
    for (key, values) in wanted.extra {
      if key.isEmpty { return "impersonating the empty string key in extra is not allowed" }
      let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, DNSName.isSubdomain(parts[0]), !parts[1].isEmpty else {
        return "impersonating an invalid key in extra is not allowed: \(GoText.quoted(key))"
      }
      if key != key.lowercased() {
        return "impersonating a non-lowercase key in extra is not allowed: \(GoText.quoted(key))"
      }
      if values.contains("") { return "impersonating the empty string value in extra is not allowed" }
    }
    return nil
  }

  // MARK: -

  /// The identity with the groups that belong to it.
  private static func completed(_ wanted: UserInfo, _ mode: ImpersonationMode) -> UserInfo {
    var user = wanted
    if mode.isConstrained, ImpersonationMode.node(user.name) != nil {
      user.groups = [SystemName.nodesGroup]
    } else if user.groups.isEmpty, let account = ServiceAccountIdentity(username: user.name) {
      user.groups = account.groups
    }
    func ensure(_ group: String) { if !user.groups.contains(group) { user.groups.append(group) } }
    if user.name == SystemName.anonymous {
      ensure(SystemName.unauthenticatedGroup)
    } else if !user.groups.contains(SystemName.unauthenticatedGroup) {
      ensure(SystemName.authenticatedGroup)
    }
    return user
  }
}
