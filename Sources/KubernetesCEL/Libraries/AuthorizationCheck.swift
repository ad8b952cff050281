import CEL
import Synchronization
import Values

/// What an expression asks the authorizer: `authorizer.group('').resource('pods').check('list')`.
public struct AuthorizationCheck: Sendable, Hashable {
  /// A service account whose permissions are asked for instead of the requesting user's.
  public struct ServiceAccount: Sendable, Hashable {
    public let namespace: String
    public let name: String
  }

  public internal(set) var serviceAccount: ServiceAccount?
  /// The path of a non-resource request; nil for a resource.
  public internal(set) var path: String?
  public internal(set) var group = ""
  public internal(set) var resource = ""
  public internal(set) var subresource = ""
  public internal(set) var namespace = ""
  public internal(set) var name = ""
  public internal(set) var fieldSelector: FieldSelector?
  public internal(set) var labelSelector: LabelSelector?
  public internal(set) var verb = ""

  /// Nothing is asked yet.
  init(serviceAccount: ServiceAccount? = nil) { self.serviceAccount = serviceAccount }

  /// A check of a resource, without a verb: `authorizer.requestResource`.
  public init(group: String, resource: String, subresource: String, namespace: String, name: String) {
    self.group = group
    self.resource = resource
    self.subresource = subresource
    self.namespace = namespace
    self.name = name
  }
}

/// What the authorizer answered to an expression.
public struct AuthorizationAnswer: Sendable, Hashable {
  public let isAllowed: Bool
  public let reason: String
  /// Why the authorizer could not decide; nil where it could.
  public let error: String?

  public init(isAllowed: Bool, reason: String = "", error: String? = nil) {
    self.isAllowed = isAllowed
    self.reason = reason
    self.error = error
  }
}

/// The checks of one request.
///
/// Expressions are evaluated without waiting, but authorizers may have to ask others. A check that is not
/// answered yet ends the evaluation; ``KubernetesCEL/evaluate(_:_:limits:checks:)`` asks the authorizer and
/// evaluates again. A check costs so much that no expression gets past three of them.
public final class AuthorizationChecks: Sendable {
  private struct State {
    var answers: [AuthorizationCheck: AuthorizationAnswer] = [:]
    var asked: AuthorizationCheck?
  }

  private let state = Mutex(State())
  private let ask: @Sendable (AuthorizationCheck) async -> AuthorizationAnswer

  /// - Parameter ask: the authorizer.
  public init(_ ask: @escaping @Sendable (AuthorizationCheck) async -> AuthorizationAnswer) { self.ask = ask }

  /// The value of the variable `authorizer`.
  public var authorizer: CELValue {
    .object(OpaqueValue(CheckSubject(check: .init(), checks: self), .authorizer))
  }

  /// The value of the variable `authorizer.requestResource`.
  public func resource(_ check: AuthorizationCheck) -> CELValue {
    .object(OpaqueValue(CheckSubject(check: check, checks: self), .resourceCheck))
  }

  /// The answer.
  /// - Throws: where the authorizer must be asked first.
  func answer(_ check: AuthorizationCheck) throws(CELError) -> AuthorizationAnswer {
    let known = state.withLock { state in
      if let known = state.answers[check] { return known as AuthorizationAnswer? }
      state.asked = check
      return nil
    }
    guard let known else { throw CELError("the authorizer is being asked", kind: .interrupted) }
    return known
  }

  /// Asks the authorizer what an evaluation ended for.
  /// - Returns: false where it did not end for that.
  func resolve() async -> Bool {
    guard let check = state.withLock({ $0.asked }) else { return false }
    let answer = await ask(check)
    state.withLock {
      $0.answers[check] = answer
      $0.asked = nil
    }
    return true
  }
}

/// A check on its way, and who answers it.
struct CheckSubject: Sendable, Hashable {
  var check: AuthorizationCheck
  let checks: AuthorizationChecks

  static func == (a: CheckSubject, b: CheckSubject) -> Bool { a.check == b.check && a.checks === b.checks }
  func hash(into hasher: inout Hasher) { hasher.combine(check) }
}
