import Store
import Webhook

extension AdmissionPlugins.Context {
  var hookSelection: HookSelection {
    HookSelection(store: store, kinds: kinds, conditions: matchConditions, measures: measures.conditions)
  }

  func hookCaller(_ clients: any WebhookClients) -> HookCaller {
    HookCaller(
      clients: clients,
      services: ServiceResolver(
        get: { [store] in store.get($0, ObjectKey(namespace: $1, name: $2))?.value },
        list: { [store] in store.list($0, namespace: $1).map(\.value) }))
  }
}
