import Schema
import Values

/// The status of a ResourceClaim: what it got, who has it, and how the devices fare
/// (pkg/apis/resource/validation).
enum DeviceClaimStatus {
  static let change: ChangeRule = { new, old, errors in
    Metadata.validateUpdate(new["metadata"], old: old["metadata"], checksFinalizers: true, &errors)
    let (status, before) = (new["status"], old["status"])
    let names = DeviceRules.requestNames(new["spec"])
    let reserved = status["reservedFor"]
    DeviceLists.set(reserved, maximum: 256, key: { $0["uid"].text }, &errors) { user, errors in
      for name in ["resource", "name", "uid"] { errors.requireText(user[name]) }
    }
    let allocation = status["allocation"]
    let allocated = Set(allocation["devices"]["results"].elements.map(identity))
    DeviceLists.set(status["devices"], maximum: .max, key: identity, &errors) { device, errors in
      DeviceClaimStatus.device(device, isAllocated: allocated.contains(identity(device)), &errors)
    }
    if !reserved.isEmpty {
      if !allocation.isSet {
        errors.forbidden(reserved, "may not be specified when `allocated` is not set")
      } else if new["metadata"]["deletionTimestamp"].isSet {
        let known = before?["reservedFor"]?.array ?? []
        if reserved.elements.contains(where: { user in !known.contains { $0 == user.value } }) {
          errors.forbidden(
            reserved,
            "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set")
        }
      }
    }
    if allocation.isSet {
      if let known = before?["allocation"], !known.isNull {
        errors.immutable(allocation, known)
      } else {
        DeviceClaimStatus.allocation(allocation, names, &errors)
      }
    }
  }

  /// By which a device is known, and its share where it is shared.
  private static func identity(_ device: Field) -> String {
    let name = "\(device["driver"].text)/\(device["pool"].text)/\(device["device"].text)"
    return device["shareID"].isSet ? "\(name)/\(device["shareID"].text)" : name
  }

  // MARK: - What it got

  private static func allocation(_ allocation: Field, _ names: Set<String>, _ errors: inout Findings) {
    let devices = allocation["devices"]
    DeviceLists.list(devices["results"], maximum: 32, &errors) { result, errors in
      DeviceRules.requestReference(result["request"], names, &errors)
      StorageNames.driver(result["driver"], &errors)
      DeviceLists.poolName(result["pool"], &errors)
      errors.check(result["device"], Names.dns1123Label)
      DeviceLists.bindings(result, &errors)
      if result["shareID"].isSet { share(result["shareID"], &errors) }
    }
    DeviceLists.list(devices["config"], maximum: 64, &errors) { entry, errors in
      errors.requiredOneOf(entry["source"], ["FromClaim", "FromClass"])
      DeviceRules.requests(entry["requests"], names, &errors)
      DeviceRules.configuration(entry, &errors)
    }
    if allocation["nodeSelector"].isSet { PodRules.nodeSelector(allocation["nodeSelector"], &errors) }
  }

  /// A UUID in its normal form (RFC 4122, section 3).
  private static func share(_ field: Field, _ errors: inout Findings) {
    let text = field.text
    let groups = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8.count)
    let isHex = text.utf8.allSatisfy {
      $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20)
    }
    if ![32, 36, 38, 45].contains(text.utf8.count) {
      errors.invalid(field, "error validating uid: invalid UUID length: \(text.utf8.count)")
    } else if text.utf8.count == 36, groups != [8, 4, 4, 4, 12] || !isHex {
      errors.invalid(field, "error validating uid: invalid UUID format")
    } else if text.utf8.count != 36 || text.utf8.contains(where: { (0x41...0x5A).contains($0) }) {
      errors.invalid(
        field,
        "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase "
          + "hexadecimal characters")
    }
  }

  // MARK: - How it fares

  private static func device(_ device: Field, isAllocated: Bool, _ errors: inout Findings) {
    StorageNames.driver(device["driver"], &errors)
    DeviceLists.poolName(device["pool"], &errors)
    errors.check(device["device"], Names.dns1123Label)
    if device["shareID"].isSet { share(device["shareID"], &errors) }
    if !isAllocated {
      errors.invalid(
        device, showing: .string(identity(device)), "must be an allocated device in the claim")
    }
    let conditions = device["conditions"]
    if conditions.count > 8 { errors.tooMany(conditions, maximum: 8) }
    ConditionRules.validate(conditions, &errors)
    if device["data"].isSet { DeviceLists.raw(device["data"], &errors) }
    let network = device["networkData"]
    if network["interfaceName"].text.utf8.count > 256 {
      errors.tooLong(network["interfaceName"], maximum: 256)
    }
    if network["hardwareAddress"].text.utf8.count > 128 {
      errors.tooLong(network["hardwareAddress"], maximum: 128)
    }
    DeviceLists.set(network["ips"], maximum: 16, key: \.text, &errors) { address, errors in
      errors.check(address, Names.interfaceAddress)
    }
  }
}
