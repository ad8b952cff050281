import Values

/// Rows of pods: what their containers are doing, in one word (`kubectl get pods`).
enum PodCells {
  static let makers: [String: CellMaker] = ["pods": { pod in row(pod) }]

  private static func row(_ pod: ObjectReader) -> [Value] {
    let summary = PodSummary(pod)
    var restarts = String(summary.restarts)
    if summary.restarts != 0, let last = summary.lastRestart {
      restarts += " (\(HumanDuration.text(from: last, to: pod.now)) ago)"
    }
    return [
      .string(pod.name), .string("\(summary.ready)/\(summary.total)"), .string(summary.reason),
      .string(restarts), .string(pod.age), .string(address(pod)),
      .string(pod.at("spec.nodeName").text(orEmpty: "<none>")),
      .string(pod.at("status.nominatedNodeName").text(orEmpty: "<none>")), .string(readinessGates(pod)),
    ]
  }

  private static func address(_ pod: ObjectReader) -> String {
    let status = pod["status"]
    let first = status["podIPs"].items.first?["ip"].text ?? ""
    return status["podIP"].text(orEmpty: first.isEmpty ? "<none>" : first)
  }

  private static func readinessGates(_ pod: ObjectReader) -> String {
    let gates = pod.at("spec.readinessGates").items
    if gates.isEmpty { return "<none>" }
    // The first condition of a type counts, as it does elsewhere.
    var met: [String: Bool] = [:]
    for condition in pod.at("status.conditions").items where met[condition["type"].text] == nil {
      met[condition["type"].text] = condition["status"].text == "True"
    }
    return "\(gates.filter { met[$0["conditionType"].text] ?? false }.count)/\(gates.count)"
  }

  // MARK: - Row conditions

  private static let endedMessages = [
    "Succeeded": "The pod has completed successfully.", "Failed": "The pod failed.",
  ]

  /// Pods that came to their end are marked, so that clients can leave them out.
  static func rowConditions(_ pod: Value) -> Value? {
    guard let phase = pod["status"]?["phase"]?.string, let message = endedMessages[phase] else { return nil }
    return [
      ["type": "Completed", "status": "True", "reason": .string(phase), "message": .string(message)]
    ]
  }
}

/// What a pod's containers add up to.
private struct PodSummary {
  var reason: String
  var ready = 0
  var total: Int
  var restarts: Int64 = 0
  var lastRestart: Timestamp?

  /// Names of init containers that run beside the others, "sidecars".
  private var sidecars: Set<String> = []
  private var sidecarRestarts: Int64 = 0
  private var lastSidecarRestart: Timestamp?
  private let initCount: Int

  init(_ pod: ObjectReader) {
    let status = pod["status"]
    let phase = status["phase"].text
    reason = status["reason"].text(orEmpty: phase)
    for condition in status["conditions"].items
    where condition["type"].text == "PodScheduled" && condition["reason"].text == "SchedulingGated" {
      reason = "SchedulingGated"
    }
    let initContainers = pod.at("spec.initContainers").items
    initCount = initContainers.count
    total = pod.at("spec.containers").count
    for container in initContainers where container["restartPolicy"].text == "Always" {
      total += 1
      sidecars.insert(container["name"].text)
    }
    let isInitializing = addInitContainers(status["initContainerStatuses"].items)
    if !isInitializing || pod.isTrue("Initialized") {
      addContainers(status["containerStatuses"].items, isReady: pod.isTrue("Ready"))
    }
    if pod.isBeingDeleted {
      if status["reason"].text == "NodeLost" {
        reason = "Unknown"
      } else if phase != "Succeeded", phase != "Failed" {
        reason = "Terminating"
      }
    }
  }

  /// Goes through the init containers up to the first that is not done.
  /// - Returns: whether there is one.
  private mutating func addInitContainers(_ statuses: [ObjectReader]) -> Bool {
    for (index, container) in statuses.enumerated() {
      let isSidecar = sidecars.contains(container["name"].text)
      count(container)
      if isSidecar {
        sidecarRestarts &+= container["restartCount"].integer
        lastSidecarRestart = later(
          lastSidecarRestart, container.at("lastState.terminated.finishedAt").time)
      }
      let terminated = container.at("state.terminated")
      if terminated.exists, terminated["exitCode"].integer == 0 { continue }
      if isSidecar, container["started"].bool {
        if container["ready"].bool { ready += 1 }
        continue
      }
      let waiting = container.at("state.waiting.reason").text
      if terminated.exists {
        reason = "Init:" + ending(terminated)
      } else if !waiting.isEmpty, waiting != "PodInitializing" {
        reason = "Init:" + waiting
      } else {
        reason = "Init:\(index)/\(initCount)"
      }
      return true
    }
    return false
  }

  private mutating func addContainers(_ statuses: [ObjectReader], isReady: Bool) {
    // Of the init containers, those that go on running are all that still matters.
    restarts = sidecarRestarts
    lastRestart = lastSidecarRestart
    var isRunning = false
    for container in statuses.reversed() {
      count(container)
      let waiting = container.at("state.waiting.reason").text
      let terminated = container.at("state.terminated")
      if !waiting.isEmpty {
        reason = waiting
      } else if terminated.exists {
        reason = ending(terminated)
      } else if container["ready"].bool, container.at("state.running").exists {
        isRunning = true
        ready += 1
      }
    }
    // One container is done, another goes on.
    if reason == "Completed", isRunning { reason = isReady ? "Running" : "NotReady" }
  }

  private mutating func count(_ container: ObjectReader) {
    restarts &+= container["restartCount"].integer
    lastRestart = later(lastRestart, container.at("lastState.terminated.finishedAt").time)
  }

  /// Why a container ended.
  private func ending(_ terminated: ObjectReader) -> String {
    let signal = terminated["signal"].integer
    let number = signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated["exitCode"].integer)"
    return terminated["reason"].text(orEmpty: number)
  }

  private func later(_ a: Timestamp?, _ b: Timestamp?) -> Timestamp? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }
}
