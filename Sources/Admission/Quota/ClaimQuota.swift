import Schema
import Values

/// Counts volume claims and the storage that they request, also by storage class.
struct ClaimQuota: QuotaEvaluator {
  let resource = GroupResource.claims

  private static let names = ["persistentvolumeclaims", "requests.storage"]
  private static let byClass = ".storageclass.storage.k8s.io/"

  func counts(_ name: String) -> Bool {
    name == "count/persistentvolumeclaims" || Self.names.contains(name)
      || Self.names.contains { name.hasSuffix(Self.byClass + $0) }
  }

  func handles(_ request: AdmissionRequest) -> Bool {
    switch request.subresource {
    case "": request.operation == .create || request.operation == .update
    case "status":
      request.object?["status"]?["allocatedResources"] != request.oldObject?["status"]?["allocatedResources"]
    default: false
    }
  }

  func usage(of claim: Value) -> ResourceAmounts {
    var usage: ResourceAmounts = [
      "persistentvolumeclaims": Quantity(1), "count/persistentvolumeclaims": Quantity(1),
    ]
    let name =
      claim.annotation("volume.beta.kubernetes.io/storage-class") ?? claim["spec"]?.text("storageClassName")
      ?? ""
    if !name.isEmpty { usage["\(name)\(Self.byClass)persistentvolumeclaims"] = Quantity(1) }
    if let storage = Self.storage(claim) {
      usage["requests.storage"] = storage
      if !name.isEmpty { usage["\(name)\(Self.byClass)requests.storage"] = storage }
    }
    return usage
  }

  /// What is requested, or what is allocated already if that is more; in whole bytes.
  private static func storage(_ claim: Value) -> Quantity? {
    guard var amount = PodAmounts.read(claim["spec"]?["resources"]?["requests"])["storage"] else {
      return nil
    }
    if let allocated = PodAmounts.read(claim["status"]?["allocatedResources"])["storage"], allocated > amount
    {
      amount = allocated
    }
    let whole = Quantity(amount.value, format: amount.format)
    return whole == amount ? amount : whole
  }

  func isInScope(_ claim: Value, _ scope: QuotaScope) -> Bool {
    guard scope.name == "VolumeAttributesClass" else { return false }
    let status = claim["status"]
    let names = [
      claim["spec"]?.text("volumeAttributesClassName"), status?.text("currentVolumeAttributesClassName"),
      status?["modifyVolumeStatus"]?.text("targetVolumeAttributesClassName"),
    ].compactMap { $0 }.filter { !$0.isEmpty }
    return names.isEmpty ? scope.matches(class: nil) : names.contains { scope.matches(class: $0) }
  }
}
