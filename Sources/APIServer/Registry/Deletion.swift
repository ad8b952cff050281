import Schema
import Values

/// What a delete request does to an object before it can go
/// (Kubernetes documentation, "Garbage Collection" and "Finalizers").
enum Deletion {
  static let foregroundFinalizer = "foregroundDeletion"
  static let orphanFinalizer = "orphan"
  /// 9999-12-31T23:59:59Z, the last moment that can be written.
  private static let lastSecond: Int64 = 253_402_300_799

  /// Sets deletionTimestamp, grace period and the finalizers that the propagation policy asks for.
  static func mark(_ object: inout Value, options: DeleteOptions, storage: GroupResource) {
    let grace = gracePeriod(object, options: options, storage: storage)
    setPropagation(&object, options.propagation)
    let wasMarked = ObjectMeta.isBeingDeleted(object)
    if wasMarked {
      // A shorter grace period is taken over, a longer one never.
      let old = object["metadata"]?["deletionGracePeriodSeconds"]?.int ?? 0
      if grace < old { object["metadata"]?["deletionGracePeriodSeconds"] = .int(grace) }
    } else {
      var when = Timestamp.now
      when.seconds = min(when.seconds + min(grace, lastSecond), lastSecond)
      object["metadata"]?["deletionTimestamp"] = .string(when.rfc3339)
      object["metadata"]?["deletionGracePeriodSeconds"] = .int(grace)
      if let generation = object["metadata"]?["generation"]?.int, generation > 0 {
        object["metadata"]?["generation"] = .int(generation &+ 1)
      }
    }
    if storage == CustomResourceDefinitions.resource, !wasMarked {
      CustomResourceDefinitions.markDeleted(&object)
    }
    if storage == GroupResource(group: "", resource: "namespaces") {
      object["metadata"]?["deletionGracePeriodSeconds"] = nil
      object["status"] = .object((object["status"]?.object ?? [:]).merging("phase", "Terminating"))
    }
  }

  /// Seconds; only pods that run somewhere are given time.
  private static func gracePeriod(_ pod: Value, options: DeleteOptions, storage: GroupResource) -> Int64 {
    guard storage == GroupResource(group: "", resource: "pods") else { return 0 }
    let phase = pod["status"]?["phase"]?.string ?? ""
    if (pod["spec"]?["nodeName"]?.string ?? "").isEmpty || phase == "Failed" || phase == "Succeeded" {
      return 0
    }
    let asked = options.gracePeriodSeconds ?? pod["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
    // A negative period stands for the shortest one there is.
    return asked < 0 ? 1 : asked
  }

  private static func setPropagation(_ object: inout Value, _ propagation: DeleteOptions.Propagation?) {
    var finalizers = ObjectMeta.finalizers(object)
    switch propagation {
    case nil: return
    case .background: finalizers.removeAll { $0 == foregroundFinalizer || $0 == orphanFinalizer }
    case .foreground:
      finalizers.removeAll { $0 == orphanFinalizer }
      if !finalizers.contains(foregroundFinalizer) { finalizers.append(foregroundFinalizer) }
    case .orphan:
      finalizers.removeAll { $0 == foregroundFinalizer }
      if !finalizers.contains(orphanFinalizer) { finalizers.append(orphanFinalizer) }
    }
    object["metadata"]?["finalizers"] = finalizers.isEmpty ? nil : Value(finalizers)
  }
}

extension Object {
  func merging(_ key: String, _ value: Value) -> Object {
    var copy = self
    copy[key] = value
    return copy
  }
}
