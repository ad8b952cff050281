import Authorization
import Schema
import Store
import Values

/// Finds the policies that have something to say of a request, with their bindings and the parameters of each:
/// what validating and mutating policies are set up with.
struct PolicySelection<Policy: CompiledPolicy>: Sendable {
  private let source: PolicySource<Policy>
  private let parameters: PolicyParameters
  let hooks: HookSelection
  let authorizer: any Authorizer

  /// - Parameter resource: the singular name, `validatingadmissionpolicy` or its mutating sister.
  init(_ context: AdmissionPlugins.Context, resource: String) {
    source = PolicySource(store: context.store, resource: resource)
    parameters = PolicyParameters(store: context.store, kinds: context.kinds)
    hooks = context.hookSelection
    authorizer = context.authorizer
  }

  /// A policy that matches a request.
  struct Concern: Sendable {
    let policy: Policy
    let match: HookSelection.Match
    fileprivate let bindings: [PolicyBinding]
    fileprivate let parameters: APIResource?
  }

  /// A policy that is to be evaluated, with one of its bindings and one parameter.
  struct Invocation: Sendable {
    let policy: Policy
    let binding: PolicyBinding
    let parameter: Value
    let match: HookSelection.Match
  }

  /// A policy, or one of its bindings, is not set up as it should be.
  struct Fault: Error, Sendable {
    let binding: PolicyBinding?
    let message: String

    init(_ reason: String, binding: PolicyBinding? = nil) {
      self.binding = binding
      message = "failed to configure \(binding == nil ? "policy" : "binding"): \(reason)"
    }
  }

  /// The policies that are bound; none for requests that policies never see.
  func policies(for request: AdmissionRequest) -> [PolicyHook<Policy>] {
    PolicyExemptions.contain(request) ? [] : source.hooks
  }

  /// Whether a policy matches a request; nil where it doesn't.
  func concern(_ hook: PolicyHook<Policy>, _ request: AdmissionRequest) throws(Fault) -> Concern? {
    let head = hook.policy.head
    let match: HookSelection.Match
    do throws(StatusError) {
      guard let found = try hooks.match(head.matching, request) else { return nil }
      match = found
    } catch {
      throw Fault(error.message)
    }
    do throws(PolicyParameters.Fault) {
      return Concern(
        policy: hook.policy, match: match, bindings: hook.bindings,
        parameters: try parameters.resource(of: head))
    } catch {
      throw Fault(error.message)
    }
  }

  /// The policy with each of its bindings that match the request too, and each parameter of theirs, in order.
  func invocations(
    of concern: Concern, _ request: AdmissionRequest
  ) async -> [Result<Invocation, Fault>] {
    var invocations: [Result<Invocation, Fault>] = []
    for binding in concern.bindings {
      do throws(StatusError) {
        if let matching = binding.matching, try hooks.match(matching, request) == nil { continue }
      } catch {
        invocations.append(.failure(Fault(error.message, binding: binding)))
        continue
      }
      do throws(PolicyParameters.Fault) {
        let found = try await parameters.parameters(
          concern.parameters, binding.paramRef, namespace: request.namespace)
        invocations += found.map {
          .success(
            Invocation(policy: concern.policy, binding: binding, parameter: $0, match: concern.match))
        }
      } catch {
        invocations.append(.failure(Fault(error.message, binding: binding)))
      }
    }
    return invocations
  }
}
