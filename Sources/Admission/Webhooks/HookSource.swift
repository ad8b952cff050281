import Schema
import Store
import Synchronization
import Values

/// The webhooks that are configured now, in the order in which they are called: by the name of their
/// configuration, then as it lists them.
final class HookSource: Sendable {
  private let store: ObjectStore
  private let resource: GroupResource
  private let cache = Mutex<(revision: UInt64, hooks: [AdmissionHook])>((0, []))
  /// Changes with every write to the resource: what was read is good until then.
  private let latest = Mutex<UInt64>(1)
  private let observation = Mutex<Observation?>(nil)

  /// - Parameter resource: the plural name, `mutatingwebhookconfigurations` or its validating sister.
  init(store: ObjectStore, resource: String) {
    self.store = store
    self.resource = GroupResource(group: "admissionregistration.k8s.io", resource: resource)
    let made = store.observe(self.resource) { [weak self] change in
      self?.latest.withLock { $0 = max($0, change.revision) }
    }
    observation.withLock { $0 = made }
  }

  /// The webhooks as of the latest write.
  var hooks: [AdmissionHook] {
    let latest = latest.withLock { $0 }
    if let hooks = cache.withLock({ $0.revision == latest ? $0.hooks : nil }) { return hooks }
    let hooks = store.list(resource).flatMap { configuration in
      (configuration.value["webhooks"]?.array ?? []).enumerated().map { index, hook in
        AdmissionHook(hook, configuration: configuration.key.name, index: index)
      }
    }
    cache.withLock { if latest > $0.revision { $0 = (latest, hooks) } }
    return hooks
  }
}
