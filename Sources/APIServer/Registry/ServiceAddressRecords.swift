import Schema
import Store
import Values

/// The IPAddress objects of services' cluster IPs, and the ServiceCIDRs that add to the ranges they are from
/// (Kubernetes documentation, "Extend Service IP Ranges").
struct ServiceAddressRecords: Sendable {
  private let store: ObjectStore
  private let fields: FieldManager?

  static let addresses = GroupResource(group: "networking.k8s.io", resource: "ipaddresses")
  static let blocks = GroupResource(group: "networking.k8s.io", resource: "servicecidrs")
  private static let kind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "IPAddress")

  init(store: ObjectStore) {
    self.store = store
    fields = TypeTable.builtIn.type(of: Self.kind).map { type in
      FieldManager(
        kind: Self.kind, type: type, subresource: "", resetFields: .of(Self.kind.groupKind, subresource: ""),
        versions: StorageVersions.fieldVersions(of: Self.kind))
    }
  }

  /// The ranges of the ServiceCIDRs from which addresses may be given: those that are not being deleted, and
  /// that nobody says are not ready.
  var ranges: [ServiceAddresses.Range] {
    store.list(Self.blocks).flatMap { block -> [ServiceAddresses.Range] in
      let conditions = block.value["status"]?["conditions"]?.array ?? []
      let isUnready = conditions.contains {
        $0["type"]?.string == "Ready" && $0["status"]?.string != "True"
      }
      if isUnready || block.value["metadata"]?["deletionTimestamp"]?.string != nil { return [] }
      return (block.value["spec"]?["cidrs"]?.strings ?? []).compactMap { ServiceAddresses.Range($0) }
    }
  }

  /// Whether there is an object of the address, whoever made it.
  func hasRecord(of address: IPAddress) -> Bool { store.get(Self.addresses, Self.key(address)) != nil }

  private static func key(_ address: IPAddress) -> ObjectKey {
    ObjectKey(namespace: "", name: address.description)
  }

  /// Makes the objects of addresses that a service was given; those that are there stay.
  func add(_ addresses: [String], of service: Value) {
    for case let address? in addresses.map({ IPAddress($0) }) where !hasRecord(of: address) {
      var object: Value = [
        "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1",
        "metadata": [
          "name": .string(address.description),
          "labels": [
            "ipaddress.kubernetes.io/ip-family": address.isIPv4 ? "IPv4" : "IPv6",
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
          ],
        ],
        "spec": ["parentRef": Self.reference(to: service)],
      ]
      if let fields { object = fields.update(live: nil, new: object, manager: "kube-apiserver", now: .now) }
      ObjectMeta.fillSystemFields(&object, namespace: "")
      // The address is the service's already: an object that somebody makes at this moment changes nothing.
      _ = try? store.create(Self.addresses, Self.key(address), object)
    }
  }

  /// Removes the objects of addresses that a service gives back; those that others made stay.
  func remove(_ addresses: [String], of service: Value) {
    for case let address? in addresses.map({ IPAddress($0) }) {
      guard let record = store.get(Self.addresses, Self.key(address)),
        record.value["spec"]?["parentRef"] == Self.reference(to: service)
      else { continue }
      _ = try? store.delete(Self.addresses, record.key, ifRevision: nil)
    }
  }

  private static func reference(to service: Value) -> Value {
    let metadata = service["metadata"]
    return [
      "resource": "services", "namespace": metadata?["namespace"] ?? "", "name": metadata?["name"] ?? "",
    ]
  }
}
