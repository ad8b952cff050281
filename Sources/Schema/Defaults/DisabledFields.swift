import Synchronization
import Values

/// Fields of features that are off by default in 1.36. The published types have them, but what requests give
/// them is dropped before an object is validated and stored (the `dropDisabledFields` of the strategies,
/// pkg/features/kube_features.go).
enum DisabledFields {
  private static let byType: [String: [String]] = [
    // StatefulSets' maxUnavailable (KEP-961) is on from 1.37.
    "apps.RollingUpdateStatefulSetStrategy": ["maxUnavailable"],
    // Coordinated leader election (KEP-4355).
    "coordination.LeaseSpec": ["preferredHolder", "strategy"],
    // Stop signals (KEP-4960).
    "core.ContainerStatus": ["stopSignal"],
    "core.Lifecycle": ["stopSignal"],
    // Dynamic kubelet configuration is gone.
    "core.NodeSpec": ["configSource"],
    "core.NodeStatus": ["config"],
    // Scheduling in groups (KEP-4671).
    "core.PodSpec": ["schedulingGroup"],
    "core.PodStatus": ["nodeAllocatableResourceClaimStatuses"],
    "core.VolumeMountStatus": ["volumeStatus"],
    // Trust bundles (KEP-3257) and pod certificates (KEP-4317).
    "core.VolumeProjection": ["clusterTrustBundle", "podCertificate"],
    "resource.Device": ["nodeAllocatableResourceMappings"],
    "resource.DeviceAttribute": ["bools", "ints", "strings", "versions"],
    "storage.CSIDriverSpec": ["preventPodSchedulingIfMissing"],
  ]

  /// Takes the fields out of an object of a built-in type.
  static func drop(from object: inout Object, as type: ObjectType) {
    for path in paths(type) { remove(path.fields, path.steps[...], from: &object) }
  }

  // MARK: - Where they are

  private struct Path: Sendable {
    let steps: [Step]
    let fields: [String]
  }

  private enum Step: Sendable {
    case member(String)
    case elements(String)
    case entries(String)
  }

  private static let cache = Mutex<[ObjectIdentifier: [Path]]>([:])

  private static func paths(_ type: ObjectType) -> [Path] {
    let id = ObjectIdentifier(type)
    if let known = cache.withLock({ $0[id] }) { return known }
    var found: [Path] = []
    search(type, [], [], &found)
    cache.withLock { $0[id] = found }
    return found
  }

  /// - Parameter above: the types on the way here; types may contain themselves.
  private static func search(_ type: ObjectType, _ steps: [Step], _ above: Set<String>, _ found: inout [Path])
  {
    guard !above.contains(type.name), reaches(type) else { return }
    if let fields = byType[TypeTraits.key(type.name)] { found.append(Path(steps: steps, fields: fields)) }
    for (name, field) in type.fields.sorted(by: { $0.key < $1.key }) {
      guard let (step, reference) = nested(name, field) else { continue }
      search(reference.type, steps + [step], above.union([type.name]), &found)
    }
  }

  private static func nested(_ name: String, _ field: FieldType) -> (Step, TypeReference)? {
    switch field.shape {
    case .object(let reference): return (.member(name), reference)
    case .list(let inner):
      if case .object(let reference) = inner.shape { return (.elements(name), reference) }
    case .map(let inner):
      if case .object(let reference) = inner.shape { return (.entries(name), reference) }
    default: break
    }
    return nil
  }

  private static let known = Mutex<[String: Bool]>([:])

  /// Whether the type or one that it holds has such fields.
  private static func reaches(_ type: ObjectType) -> Bool {
    if let answer = known.withLock({ $0[type.name] }) { return answer }
    var seen: Set<String> = []
    var pending = [type]
    var answer = false
    while let next = pending.popLast(), !answer {
      guard seen.insert(next.name).inserted else { continue }
      answer = byType[TypeTraits.key(next.name)] != nil
      for (name, field) in next.fields {
        if let (_, reference) = nested(name, field) { pending.append(reference.type) }
      }
    }
    known.withLock { $0[type.name] = answer }
    return answer
  }

  private static func remove(_ fields: [String], _ steps: ArraySlice<Step>, from object: inout Object) {
    guard let step = steps.first else {
      for field in fields { object.removeValue(forKey: field) }
      return
    }
    let rest = steps.dropFirst()
    switch step {
    case .member(let name): object.edit(name) { remove(fields, rest, from: &$0) }
    case .elements(let name): object.editEach(name) { remove(fields, rest, from: &$0) }
    case .entries(let name):
      object.edit(name) { map in
        for key in map.keys { map.edit(key) { remove(fields, rest, from: &$0) } }
      }
    }
  }
}
