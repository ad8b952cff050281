import Schema

/// The rules of every built-in kind.
enum KindCatalog {
  /// The rules of the resource's kind; custom resources and kinds without any get their metadata checked only.
  static func rules(_ resource: APIResource) -> KindRules {
    if resource.isCustom { return custom }
    return table["\(resource.groupVersion.group)/\(resource.kind)"] ?? KindRules()
  }

  private static let custom = KindRules()

  private static let table: [String: KindRules] = {
    let groups = [
      CoreKinds.table, AppsRules.table, BatchRules.table, AutoscalerRules.table, PolicyRules.table,
      NetworkingKinds.table, RBACRules.table, StorageRules.table, ClusterKinds.table,
      SigningRequestRules.table, AdmissionRules.table, FlowControlRules.table,
      CustomResourceDefinitionRules.table, DeviceRules.table,
    ]
    return groups.reduce(into: [:]) { $0.merge($1) { $1 } }
  }()
}
