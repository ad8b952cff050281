import Testing
import Values

@testable import APIServer

@Suite struct TablePodTests: TableSuite {
  /// A pod of two containers.
  private func pod(_ status: Value, spec: Value = [:], metadata: Value = [:]) -> Value {
    var spec = spec
    if spec["containers"] == nil { spec["containers"] = [["name": "web"], ["name": "log"]] }
    return named("web-0", ["metadata": metadata, "spec": spec, "status": status])
  }

  private func shown(_ pod: Value) -> [String] { cells("pods", pod)[1...3].map { $0.string ?? "" } }

  private let running: Value = ["ready": true, "state": ["running": ["startedAt": "2026-03-01T11:00:00Z"]]]

  @Test func runningPod() {
    var restarted = running
    restarted["restartCount"] = 3
    restarted["lastState"] = ["terminated": ["finishedAt": ago(7200)]]
    let pod = pod(
      [
        "phase": "Running", "podIP": "10.0.0.7", "podIPs": [["ip": "10.0.0.7"], ["ip": "fd00::7"]],
        "containerStatuses": [running, restarted],
      ], spec: ["nodeName": "node-1"])
    #expect(
      cells("pods", pod) == [
        "web-0", "2/2", "Running", "3 (120m ago)", "5m", "10.0.0.7", "node-1", "<none>", "<none>",
      ])
  }

  @Test func pendingPodHasNothingYet() {
    #expect(
      cells("pods", pod(["phase": "Pending"])) == [
        "web-0", "0/2", "Pending", "0", "5m", "<none>", "<none>", "<none>", "<none>",
      ])
  }

  @Test func schedulingGates() {
    let conditions: Value = [["type": "PodScheduled", "status": "False", "reason": "SchedulingGated"]]
    #expect(
      shown(pod(["phase": "Pending", "conditions": conditions])) == ["0/2", "SchedulingGated", "0"])
  }

  @Test(
    arguments: [
      (["waiting": ["reason": "CrashLoopBackOff"]], "CrashLoopBackOff"),
      (["terminated": ["reason": "Error", "exitCode": 1]], "Error"),
      (["terminated": ["exitCode": 3]], "ExitCode:3"),
      (["terminated": ["exitCode": 137, "signal": 9]], "Signal:9"),
      (["terminated": ["reason": "Completed", "exitCode": 0]], "NotReady"), ([:], "Running"),
    ] as [(Value, String)])
  func theFirstContainerInTroubleGivesTheReason(state: Value, reason: String) {
    let status: Value = [
      "phase": "Running", "containerStatuses": [["restartCount": 1, "state": state], running],
    ]
    #expect(shown(pod(status)) == ["1/2", reason, "1"])
  }

  @Test func completedBesideARunningContainerIsRunningOnceThePodIsReady() {
    let done: Value = ["state": ["terminated": ["reason": "Completed", "exitCode": 0]]]
    let status: Value = [
      "phase": "Running", "conditions": [["type": "Ready", "status": "True"]],
      "containerStatuses": [done, running],
    ]
    #expect(shown(pod(status)) == ["1/2", "Running", "0"])
  }

  @Test(
    arguments: [
      ([:], "Init:0/2"), (["waiting": ["reason": "PodInitializing"]], "Init:0/2"),
      (["waiting": ["reason": "ImagePullBackOff"]], "Init:ImagePullBackOff"),
      (["terminated": ["exitCode": 2]], "Init:ExitCode:2"),
      (["terminated": ["exitCode": 143, "signal": 15]], "Init:Signal:15"),
      (["terminated": ["exitCode": 1, "reason": "Error"]], "Init:Error"),
      (["terminated": ["exitCode": 0]], "Init:1/2"),
    ] as [(Value, String)])
  func initContainers(state: Value, reason: String) {
    let spec: Value = ["initContainers": [["name": "a"], ["name": "b"]]]
    let status: Value = [
      "phase": "Pending",
      "initContainerStatuses": [["name": "a", "restartCount": 2, "state": state], ["name": "b"]],
    ]
    #expect(shown(pod(status, spec: spec)) == ["0/2", reason, "2"])
  }

  @Test func sidecarsCountAsContainers() {
    let spec: Value = ["initContainers": [["name": "proxy", "restartPolicy": "Always"], ["name": "setup"]]]
    var sidecar = running
    sidecar["name"] = "proxy"
    sidecar["started"] = true
    sidecar["restartCount"] = 4
    let setup: Value = ["name": "setup", "restartCount": 9, "state": ["terminated": ["exitCode": 0]]]
    let status: Value = [
      "phase": "Running", "initContainerStatuses": [sidecar, setup],
      "containerStatuses": [running, running],
    ]
    #expect(shown(pod(status, spec: spec)) == ["3/3", "Running", "4"])
  }

  @Test func podsOnTheirWayOut() {
    let deleted: Value = ["deletionTimestamp": ago(10)]
    #expect(shown(pod(["phase": "Running"], metadata: deleted))[1] == "Terminating")
    #expect(shown(pod(["phase": "Succeeded"], metadata: deleted))[1] == "Succeeded")
    #expect(shown(pod(["phase": "Running", "reason": "NodeLost"], metadata: deleted))[1] == "Unknown")
    #expect(shown(pod(["phase": "Failed", "reason": "Evicted"]))[1] == "Evicted")
  }

  @Test func readinessGatesAndNomination() {
    let pod = pod(
      [
        "nominatedNodeName": "node-2",
        "conditions": [["type": "a", "status": "True"], ["type": "b", "status": "False"]],
      ], spec: ["readinessGates": [["conditionType": "a"], ["conditionType": "b"], ["conditionType": "c"]]])
    #expect(cells("pods", pod)[7...8] == ["node-2", "1/3"])
  }

  @Test func rowsOfPodsThatEndedAreMarked() {
    #expect(PodCells.rowConditions(pod(["phase": "Running"])) == nil)
    #expect(
      PodCells.rowConditions(pod(["phase": "Failed"])) == [
        ["type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."]
      ])
  }
}
