import Authentication
import Schema
import Values
import Webhook

/// Decides whether a user may act as another, and who that other is (Kubernetes documentation, User
/// Impersonation; KEP-5284). What the constrained modes allowed is remembered for ten seconds.
public final class Impersonation: Sendable {
  /// Whom a request is made as from now on.
  public struct Outcome: Sendable, Equatable {
    public var user: UserInfo
    /// `impersonate:MODE` for the audit event; nil where the verb `impersonate` allowed it.
    public var constraint: String?
  }

  public typealias Authorize = @Sendable (AuthorizationAttributes) async -> AuthorizationDecision

  /// One request of one requester as somebody.
  private struct RequestKey: Hashable {
    var mode: ImpersonationMode
    var wanted: UserInfo
    var attributes: AuthorizationAttributes
  }

  /// Somebody for one requester, whatever the request.
  private struct IdentityKey: Hashable {
    var mode: ImpersonationMode
    var wanted: UserInfo
    var requester: UserInfo
  }

  private static let cacheSeconds: Int64 = 10
  private static let cacheCapacity = 1024
  /// Of so many requesters it is known which mode they use.
  private static let maximumRequesters = 10_000

  private let authorize: Authorize
  private let modes: [ImpersonationMode]
  private let metrics: ImpersonationMetrics?
  private let now: @Sendable () -> Timestamp
  private let lastModes = ExpiringCache<String, ImpersonationMode>(capacity: maximumRequesters)
  private let requests = ExpiringCache<RequestKey, Outcome>(capacity: cacheCapacity)
  private let identities = ExpiringCache<IdentityKey, Outcome>(capacity: cacheCapacity)

  /// - Parameters:
  ///   - constrained: the feature gate ConstrainedImpersonation; without it only the verb `impersonate`
  ///     counts.
  ///   - authorize: the authorizer.
  public init(
    constrained: Bool = true, metrics: ImpersonationMetrics? = nil,
    now: @escaping @Sendable () -> Timestamp = { .now }, authorize: @escaping Authorize
  ) {
    self.authorize = authorize
    self.metrics = metrics
    self.now = now
    modes = constrained ? ImpersonationMode.allCases : [.legacy]
  }

  /// Who the requester becomes: the mode that allowed something to it last is tried first, then the others from
  /// the narrowest to the widest.
  ///
  /// - Parameter attributes: the request that is made, with the requester as its user.
  /// - Throws: 403 where no mode allows it, in the words of the first that was tried; to a requester of whom no
  ///   mode is known, in those of the verb `impersonate`.
  public func impersonate(
    _ request: ImpersonationRequest, _ attributes: AuthorizationAttributes
  ) async throws(StatusError) -> Outcome {
    let last = lastModes.value(for: attributes.user.name, at: now())
    var refusal: StatusError?
    for mode in (last.map { [$0] } ?? []) + modes.filter({ $0 != last }) {
      guard mode.applies(to: request.user, by: attributes.user) else { continue }
      let begin = ContinuousClock.now
      do throws(StatusError) {
        let outcome = try await impersonate(request.user, mode, attributes)
        metrics?.didAttempt(mode, isAllowed: true, begin.duration(to: .now))
        if mode != last { lastModes.set(mode, for: attributes.user.name, seconds: .max, at: now()) }
        return outcome
      } catch {
        metrics?.didAttempt(mode, isAllowed: false, begin.duration(to: .now))
        if refusal == nil || (last == nil && mode == .legacy) { refusal = error }
      }
    }
    throw refusal ?? .unexpected("all impersonation modes failed")
  }

  /// The outcome by one mode, which is one for such a wish.
  private func impersonate(
    _ wanted: UserInfo, _ mode: ImpersonationMode, _ attributes: AuthorizationAttributes
  ) async throws(StatusError) -> Outcome {
    guard mode.isConstrained else { return try await identity(wanted, mode, attributes.user) }
    var attributes = attributes
    if mode == .associatedNode {
      // The permission is for whichever node the account runs on, so that what tells nodes apart is left out.
      let keys = attributes.user.extra.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      attributes.user.extra = ["authentication.kubernetes.io/associated-node-keys": keys]
    }
    let key = RequestKey(mode: mode, wanted: Self.remembered(wanted, mode), attributes: attributes)
    var outcome: Outcome
    if let known = requests.value(for: key, at: now()) {
      outcome = known
    } else {
      var onRequest = attributes
      onRequest.verb = "impersonate-on:\(mode.rawValue):\(attributes.verb)"
      try await check(onRequest, mode)
      outcome = try await identity(wanted, mode, attributes.user)
      requests.set(outcome, for: key, seconds: Self.cacheSeconds, at: now())
    }
    outcome.user.name = wanted.name
    return outcome
  }

  /// The identity, where the requester may have it.
  private func identity(
    _ wanted: UserInfo, _ mode: ImpersonationMode, _ requester: UserInfo
  ) async throws(StatusError) -> Outcome {
    let key = IdentityKey(mode: mode, wanted: Self.remembered(wanted, mode), requester: requester)
    if mode.isConstrained, let known = identities.value(for: key, at: now()) { return known }
    for step in ImpersonationSteps.of(wanted, mode, requester) {
      switch step {
      case .refuse(let attributes, let reason): throw .forbidden(attributes, reason: reason)
      case .check(let anyOf): try await pass(anyOf, mode)
      }
    }
    let outcome = Outcome(
      user: ImpersonationSteps.completed(wanted, mode), constraint: mode.isConstrained ? mode.verb : nil)
    if mode.isConstrained {
      identities.set(outcome, for: key, seconds: Self.cacheSeconds, at: now())
    }
    return outcome
  }

  /// As whom an identity is remembered: the node of an account as whichever node.
  private static func remembered(_ wanted: UserInfo, _ mode: ImpersonationMode) -> UserInfo {
    mode == .associatedNode ? UserInfo(name: ImpersonationMode.anyNode) : wanted
  }

  // MARK: Asking

  /// Passes where all permissions of one alternative are there; else the last alternative says why not.
  private func pass(
    _ anyOf: [[AuthorizationAttributes]], _ mode: ImpersonationMode
  ) async throws(StatusError) {
    for (position, alternative) in anyOf.enumerated() {
      do throws(StatusError) {
        for attributes in alternative { try await check(attributes, mode) }
        return
      } catch {
        if position == anyOf.count - 1 { throw error }
      }
    }
  }

  private func check(
    _ attributes: AuthorizationAttributes, _ mode: ImpersonationMode
  ) async throws(StatusError) {
    let begin = ContinuousClock.now
    let decision = await authorize(attributes)
    metrics?.didAuthorize(mode, isAllowed: decision.isAllowed, begin.duration(to: .now))
    if decision.isAllowed { return }
    let parts = [decision.error ?? "", decision.reason].filter { !$0.isEmpty }
    throw .forbidden(attributes, reason: parts.joined(separator: ": "))
  }
}
