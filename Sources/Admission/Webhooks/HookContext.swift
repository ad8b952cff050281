import Store
import Webhook

extension AdmissionPlugins.Context {
  var hookSelection: HookSelection {
    HookSelection(store: store, kinds: kinds, conditions: matchConditions)
  }

  var hookCaller: HookCaller {
    HookCaller(
      clients: webhookClients,
      services: ServiceResolver(
        get: { [store] in store.get($0, ObjectKey(namespace: $1, name: $2))?.value },
        list: { [store] in store.list($0, namespace: $1).map(\.value) }))
  }
}
