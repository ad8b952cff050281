import Schema
import Values

/// Counts claims for devices and the devices that they ask for, by their classes
/// (`gpu.deviceclass.resource.k8s.io/devices`; KEP-4381).
struct DeviceClaimQuota: QuotaEvaluator {
  let resource = GroupResource(group: "resource.k8s.io", resource: "resourceclaims")

  private static let byClass = ".deviceclass.resource.k8s.io/devices"
  private static let count = "count/resourceclaims.resource.k8s.io"
  /// A claim gets no more devices than these (resource.k8s.io/v1 AllocationResultsMaxSize): who asks for all may
  /// get as many.
  private static let most: Int64 = 32

  func counts(_ name: String) -> Bool { name == Self.count || name.hasSuffix(Self.byClass) }

  func handles(_ request: AdmissionRequest) -> Bool {
    request.subresource.isEmpty && (request.operation == .create || request.operation == .update)
  }

  func usage(of claim: Value) -> ResourceAmounts {
    var usage: ResourceAmounts = [Self.count: Quantity(1)]
    for request in claim["spec"]?["devices"]?.list("requests") ?? [] {
      let choices = request.list("firstAvailable")
      // Of several choices the one that takes the most of a class counts.
      var asked: [String: Int64] = [:]
      for choice in choices.isEmpty ? [request["exactly"] ?? request] : choices {
        let name = choice.text("deviceClassName") + Self.byClass
        asked[name] = max(asked[name] ?? 0, Self.devices(choice))
      }
      PodAmounts.add(asked.mapValues { Quantity($0) }, to: &usage)
    }
    return usage
  }

  private static func devices(_ request: Value) -> Int64 {
    let mode = request.text("allocationMode")
    return mode == "ExactCount" || mode.isEmpty ? request["count"]?.int ?? 1 : most
  }
}
