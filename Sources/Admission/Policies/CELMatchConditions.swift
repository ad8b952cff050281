import Authorization
import KubernetesCEL
import Schema
import Synchronization
import Values

/// The match conditions of webhooks in the Common Expression Language
/// (Kubernetes documentation, "Dynamic Admission Control", Matching requests: matchConditions).
public final class CELMatchConditions: MatchConditions {
  private let authorizer: any Authorizer
  private let environment = PolicyEnvironment(.init())
  private let compiled = Mutex<[[String]: PolicyConditions]>([:])
  /// So many lists of conditions are kept; more than that are compiled anew.
  private static let limit = 1_000

  /// - Parameter authorizer: asked where an expression does.
  public init(authorizer: any Authorizer) { self.authorizer = authorizer }

  public func matches(
    _ conditions: [Value], _ request: AdmissionRequest, _ kind: GroupVersionKind, _ ignoresFailure: Bool
  ) async throws(StatusError) -> Bool {
    let input = PolicyRequest(request, authorizer: authorizer).input(
      object: request.object, oldObject: request.oldObject, resource: request.resource, kind: kind)
    let compiled = self.conditions(conditions.map { $0["expression"]?.string ?? "" })
    do throws(PolicyEnvironment.Fault) {
      return try await compiled.match(
        PolicyRun(input, variables: []), ignoresFailure: ignoresFailure)
    } catch {
      throw request.forbidden(error.message)
    }
  }

  private func conditions(_ texts: [String]) -> PolicyConditions {
    if let known = compiled.withLock({ $0[texts] }) { return known }
    let made = PolicyConditions(texts, in: environment)
    compiled.withLock {
      if $0.count >= Self.limit { $0.removeAll() }
      $0[texts] = made
    }
    return made
  }
}
