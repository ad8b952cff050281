import Schema
import Store
import Synchronization
import Values

/// A policy with the bindings that put it to work.
struct PolicyHook<Policy: CompiledPolicy>: Sendable {
  let policy: Policy
  let bindings: [PolicyBinding]
}

/// The policies that are bound now, by their names. A policy is compiled once for each time it is written.
final class PolicySource<Policy: CompiledPolicy>: Sendable {
  private struct Cache {
    var written: UInt64 = 0
    var hooks: [PolicyHook<Policy>] = []
    /// By name, with the revision that was compiled.
    var compiled: [String: (revision: UInt64, policy: Policy)] = [:]
  }

  private let store: ObjectStore
  private let policies: GroupResource
  private let bindings: GroupResource
  private let cache = Mutex(Cache())
  /// Changes with every write to the resources: what was read is good until then.
  private let latest = Mutex<UInt64>(1)
  private let observations = Mutex<[Observation]>([])

  /// - Parameter resource: the singular name, `validatingadmissionpolicy` or its mutating sister.
  init(store: ObjectStore, resource: String) {
    self.store = store
    let stem = resource.dropLast()
    policies = GroupResource(group: "admissionregistration.k8s.io", resource: "\(stem)ies")
    bindings = GroupResource(group: "admissionregistration.k8s.io", resource: "\(resource)bindings")
    for resource in [policies, bindings] {
      let made = store.observe(resource) { [weak self] change in
        self?.latest.withLock { $0 = max($0, change.revision) }
      }
      observations.withLock { $0.append(made) }
    }
  }

  /// What is bound as of the latest write.
  var hooks: [PolicyHook<Policy>] {
    let latest = latest.withLock { $0 }
    let known = cache.withLock { cache in
      cache.written == latest ? cache.hooks as [PolicyHook<Policy>]? : nil
    }
    if let known { return known }
    let bound = Dictionary(grouping: store.list(bindings).map { PolicyBinding($0.value) }, by: \.policy)
    let old = cache.withLock { $0.compiled }
    var compiled: [String: (revision: UInt64, policy: Policy)] = [:]
    var hooks: [PolicyHook<Policy>] = []
    for stored in store.list(policies) {
      let name = stored.key.name
      guard let bindings = bound[name] else { continue }
      let policy: Policy
      if let known = old[name], known.revision == stored.revision {
        policy = known.policy
      } else {
        policy = Policy(stored.value)
      }
      compiled[name] = (stored.revision, policy)
      hooks.append(PolicyHook(policy: policy, bindings: bindings))
    }
    cache.withLock { cache in
      guard latest > cache.written else { return }
      cache = Cache(written: latest, hooks: hooks, compiled: compiled)
    }
    return hooks
  }
}
